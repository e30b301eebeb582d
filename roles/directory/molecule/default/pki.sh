#!/bin/sh
# Makes an authority of its own and a certificate for the host `core` in a folder.
set -eu
mkdir -p "$1"
cd "$1"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout authority.key -out authority.pem \
    -days 30 -subj "/CN=Authority of the tests"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout core.key -out core.csr -subj /CN=core
printf 'subjectAltName=DNS:core\nbasicConstraints=CA:FALSE\n' > extensions
openssl x509 -req -in core.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 30 \
    -extfile extensions -out core.pem
