#!/usr/bin/env bash
# aws-cron-parser 1.1.12 (npm): a day that a month lacks becomes a day of the next month.
#
# Behaviour: for `0 10 31 * ? *`, the 31st of each month at 10:00, the parser gives 3 March after 31 January. For
#   `0 10 29 2 ? *` it gives 1 March in every year that is no leap year.
# Expected: dates that the expression names: 31 March after 31 January, and 29 February 2028 as the first leap day. A
#   month without the day is left out.
# Met by: whoever shows the next runs of an EventBridge schedule, or fires it locally, with this parser: a monthly job
#   runs on days on which nobody has scheduled it.
#
# Needs Node.js 18 or newer with npm, and a package index. Fails as soon as the behaviour changes.
# Output seen (aws-cron-parser 1.1.12, Node.js 20.20):
#
#   0 10 31 * ? *: 2026-12-31 2027-01-31 2027-03-03 2027-03-31
#   0 10 29 2 ? *: 2027-03-01 2028-02-29 2029-03-01 2030-03-01
#   0 10 28 * ? *: 2026-12-28 2027-01-28 2027-02-28 2027-03-28
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-fund --no-audit --prefix . aws-cron-parser@1.1.12 >npm.log 2>&1 || {
    cat npm.log >&2
    exit 2
}

cat >look.js <<'EOF'
const parser = require("aws-cron-parser");

for (const expression of ["0 10 31 * ? *", "0 10 29 2 ? *", "0 10 28 * ? *"]) {
  const cron = parser.parse(expression);
  const days = [];
  let time = new Date("2026-12-15T00:00:00Z");
  while (days.length < 4) {
    time = parser.next(cron, time);
    days.push(time.toISOString().slice(0, 10));
  }
  console.log(`${expression}: ${days.join(" ")}`);
}
EOF
TZ=UTC node look.js | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
0 10 31 * ? *: 2026-12-31 2027-01-31 2027-03-03 2027-03-31
0 10 29 2 ? *: 2027-03-01 2028-02-29 2029-03-01 2030-03-01
0 10 28 * ? *: 2026-12-28 2027-01-28 2027-02-28 2027-03-28
EOF
