#!/usr/bin/env bash
# Terraform's AWS provider 5.100.0: sends a request again when an answer's head arrives some time before its body.
#
# Behaviour: the provider creates 100 log groups, 30 at a time. Of a server that sends the head of each answer, waits a
#   millisecond and sends the body, it closes some connections between the two and sends the same request (the same
#   `amz-sdk-invocation-id`) on another one: the log group is asked for twice. Of a server that sends head and body in one
#   piece it asks for each once. Both send the same bytes, with a Content-Length.
# Expected: an answer's parts may arrive in any pieces; a request that was answered is not sent again.
# Met by: whoever runs Terraform against an emulated AWS on a busy machine. Many servers (Hypercorn, below MiniStack, is
#   one) write the head first: the request is carried out, sent again, and refused with "already exists".
#
# Needs Terraform, the provider from its registry or from a mirror that TF_CLI_CONFIG_FILE names, and Python 3.11 or newer.
# Fails as soon as the behaviour changes.
# Output seen (provider 5.100.0, Terraform 1.11.4; how often it asks again differs from run to run, from 2 to 24 of 300):
#
#   in one piece: every request once
#   head, then body: some requests again
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" && wait "$server" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
cat >main.tf <<'EOF'
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

resource "aws_cloudwatch_log_group" "this" {
  count = 100
  name  = "/example/${count.index}"
}
EOF
cat >server.py <<'EOF'
import collections
import http.server
import json
import sys
import time
from pathlib import Path

apart = sys.argv[1] == "apart"
asked = collections.Counter()


class CloudWatchLogs(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write for all until it is flushed

    def do_POST(self):
        asked[self.headers["amz-sdk-invocation-id"]] += 1
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        action = self.headers["X-Amz-Target"].rpartition(".")[2]
        answer = {"tags": {}} if action == "ListTagsForResource" else {}
        if action == "DescribeLogGroups":
            name = body["logGroupNamePrefix"]
            arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{name}:*"
            answer = {"logGroups": [{"logGroupName": name, "arn": arn, "logGroupClass": "STANDARD"}]}
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if apart:
            self.wfile.flush()
            time.sleep(0.001)
        self.wfile.write(data)
        self.wfile.flush()
        Path("again").write_text(str(sum(asked.values()) - len(asked)))

    def log_message(self, *arguments):
        pass


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), CloudWatchLogs) as server:
    Path("port").write_text(str(server.server_port))
    server.serve_forever()
EOF
terraform init -input=false -no-color >init.log 2>&1 || {
    cat init.log >&2
    exit 2
}

# How many requests came once more than they had to.
again() {
    rm -f port again terraform.tfstate*
    python3 server.py "$1" 2>server.log &
    server=$!
    until [ -s port ]; do sleep 0.1; done
    AWS_ENDPOINT_URL="http://127.0.0.1:$(cat port)" NO_PROXY=127.0.0.1 AWS_CONFIG_FILE=/dev/null \
        terraform apply -auto-approve -input=false -no-color -parallelism=30 >apply.log 2>&1 || {
        cat apply.log >&2
        exit 2
    }
    kill "$server" && wait "$server" || true
    server=
    cat again
}

{
    again whole >number
    [ "$(cat number)" = 0 ] && echo "in one piece: every request once" || echo "in one piece: $(cat number) requests again"
    for _ in 1 2 3 4 5; do
        again apart >number
        [ "$(cat number)" = 0 ] || break
    done
    [ "$(cat number)" = 0 ] && echo "head, then body: every request once" || echo "head, then body: some requests again"
} >seen
cat seen
expected='in one piece: every request once
head, then body: some requests again'
[ "$(cat seen)" = "$expected" ] || {
    echo "the behaviour has changed" >&2
    exit 1
}
