#!/usr/bin/env bash
# MiniStack 1.5.33: BatchDeleteImage by one tag deletes an image that has another tag as well.
#
# Behaviour: an image has the tags `first` and `second`. After `BatchDeleteImage` with `imageTag=first` the image is gone,
#   and with it `second`.
# Expected: what Amazon ECR does: "You can remove a tag from an image by specifying the image's tag in your request. When
#   you remove the last tag from an image, the image is deleted from your repository" (BatchDeleteImage, API reference).
# Met by: whoever keeps images by tags of their own and takes one off again, which on AWS leaves the image in place.
#
# Needs Python 3.11 or newer and a package index; no container engine. Fails as soon as the behaviour changes.
# Output seen (ministack 1.5.33, boto3 1.43.106, Python 3.11):
#
#   before: 1 image, tags first, second
#   first deleted: 0 image, tags none
set -euo pipefail

folder=$(mktemp -d)
emulator=
trap '[ -z "$emulator" ] || { kill "$emulator" && wait "$emulator" || true; }; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv environment
environment/bin/pip install --quiet --disable-pip-version-check ministack==1.5.33 boto3==1.43.106 2>pip.log || {
    cat pip.log >&2
    exit 2
}
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
env -i PATH="$PATH" HOME="$folder" TMPDIR="$folder" GATEWAY_PORT="$port" MINISTACK_HOST=127.0.0.1 SFTP_ENABLED=0 \
    IOT_MTLS_ENABLED=0 DOCKER_HOST="unix://$folder/no-engine" environment/bin/ministack >emulator.log 2>&1 &
emulator=$!

cat >look.py <<'EOF'
import json
import sys
import time

import boto3
from botocore.exceptions import BotoCoreError, ClientError

ecr = boto3.client(
    "ecr", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
)
for _ in range(60):
    try:
        ecr.create_repository(repositoryName="repository")
        break
    except BotoCoreError:
        time.sleep(0.5)
kind = "application/vnd.oci.image.manifest.v1+json"
empty = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:" + "4" * 64, "size": 2}
manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": empty, "layers": []})
for tag in ("first", "second"):
    ecr.put_image(repositoryName="repository", imageManifest=manifest, imageManifestMediaType=kind, imageTag=tag)


def look(when):
    images = ecr.describe_images(repositoryName="repository")["imageDetails"]
    tags = sorted(tag for image in images for tag in image.get("imageTags", []))
    print(f"{when}: {len(images)} image, tags {', '.join(tags) or 'none'}")


look("before")
ecr.batch_delete_image(repositoryName="repository", imageIds=[{"imageTag": "first"}])
look("first deleted")
EOF
environment/bin/python look.py "http://127.0.0.1:$port" | tee seen
diff - seen <<'EOF' || { echo "The behaviour has changed." >&2; exit 1; }
before: 1 image, tags first, second
first deleted: 0 image, tags none
EOF
