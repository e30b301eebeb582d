#!/bin/sh
# The users of the tests: alice may sign in, dora has a one-time password (kept in /root/dora), eve is disabled.
set -e
add() { echo "{\"name\": \"$1\", \"full_name\": \"$2\", \"mail\": \"$1@sepp.test\", \"groups\": $3, \"password\": $4}" | sepp-directory add; }
add alice "Alice Liddell" '["planck-collaboration"]' '"alice-in-wonderland"'
add bob "Bob Builder" '[]' '"bob-builds-bridges"'
add eve "Eve Disabled" '[]' '"eve-is-disabled-here"'
add trude "Trude Throttled" '[]' '"trude-tries-too-much"'
echo '{"name": "eve"}' | sepp-directory disable
add dora "Dora Newcomer" '[]' null | python3 -c 'import json,sys; print(json.load(sys.stdin)["one_time_password"])' > /root/dora
