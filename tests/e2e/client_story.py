"""The examples of all commands in an order in which they work, one after the other."""

# Lines with # prepare something, those with a name keep what is printed or made; all others are examples of the helps.
STORY = """
maas config set api-url URL
maas config set credentials file
maas config list
maas config get api-url
echo 'correct horse battery' | maas auth register --email EMAIL --password-stdin
echo 'correct horse battery' | maas auth login --email EMAIL --password-stdin
maas auth whoami
maas models create iris --framework sklearn --tag flowers
maas models list --tag flowers
maas models list -q
maas models list --public
maas help formats
maas models show iris
maas models stats iris
maas models stats --minutes 5
maas models update iris --description 'Tells irises apart.' --default-ref production
maas models tag iris botany demo
maas models tag iris demo --remove
# maas push iris.onnx iris:1.0.0
maas versions publish iris:1.0.0
maas push iris.onnx iris:1.0.0 --publish
maas push iris.onnx iris --bump minor --changelog 'New data.'
# maas versions publish iris:1.1.0
maas push iris/ iris:2.0.0 --main model.onnx
maas push train.py:model iris:2.1.0 --example flowers.csv
maas push iris.onnx iris:2.2.0 --metadata '{"feature_names": ["a", "b", "c", "d"]}' --baseline flowers.csv
maas versions list iris
maas versions show iris:^1
maas alias set iris@production 1.0.0 --reason 'First release'
maas alias set iris@production ^1 --move
maas versions show iris@production
maas versions warm iris@production
maas alias list iris
maas alias history iris@production
maas versions diff iris 1.0.0 1.1.0
maas versions changelog iris
maas predict iris '[5.1, 3.5, 1.4, 0.2]'
maas predict iris '{"x": [[5.1, 3.5, 1.4, 0.2]]}' --by-input
maas predict iris@production --input flowers.csv --as-lists --format csv
maas predict iris --input flowers.parquet --as-lists --batch 1000 --parallel 8 -q
maas drift iris:1.0.0
maas drift iris@production --window 7d --baseline given --png drift.png
PREDICTION_ID: _predicted
maas feedback send iris --id $PREDICTION_ID --label 1
maas feedback send iris --input feedback.csv
maas feedback performance iris --window 7d --by segment --png iris.png
maas feedback compare iris 1.0.0 1.1.0 --window 7d
# maas push iris.onnx iris:0.9.0 --metadata '{"feature_names": ["age", "name", "c", "d"]}' --publish
# maas models update iris --default-ref 0.9.0
maas capture set iris --percent 100 --redact age --redact name --keep-days 30 --outputs
maas capture set iris --percent 5
maas capture show iris
maas capture list iris
maas capture list iris -q
maas capture pull iris --to captured
maas capture off iris
maas jobs submit iris '[5.1, 3.5, 1.4, 0.2]' --wait
JOB_ID: maas jobs list -q
maas jobs list -q
maas jobs list --state running
maas jobs show $JOB_ID
maas jobs wait $JOB_ID
maas jobs wait $JOB_ID --seconds 600
maas jobs result $JOB_ID --to predictions.ndjson
maas jobs result $JOB_ID
maas jobs submit iris@production --file flowers.csv --as-lists
JOB_ID: maas jobs list -q
# maas jobs wait $JOB_ID
maas jobs result $JOB_ID --to predictions.csv
maas jobs submit iris:1.1.0 --file-of $JOB_ID --wait
maas jobs submit iris --file rows.ndjson --priority low --expires-in 604800 -q
JOB_ID: _endless
maas jobs cancel $JOB_ID
maas pull iris:^1 --dry-run
maas pull iris@production --to .
maas verify
maas verify iris.onnx iris:1.0.0
maas verify iris/ iris:2.0.0
# maas alias set iris@production 1.0.0 --move
maas rollout start iris@production 1.1.0 --step 5%:10m --step 100%:10m --guard error_rate=0.02
maas rollout status iris@production
maas rollout advance iris@production
maas rollout pause iris@production
maas rollout resume iris@production
maas rollout promote iris@production
maas rollout status iris@production --watch --every 2
maas rollout status iris@production --png rollout.png
maas rollout history iris@production
maas rollout history iris@production --limit 5
maas rollout disagreements iris@production
maas predict iris@production '[5.1, 3.5, 1.4, 0.2]' --key ada
# maas alias set iris@production 1.0.0 --move
maas rollout start iris@production 1.1.0 --plan blue_green --start-at +12h
maas rollout start iris@production
maas rollout abort iris@production
maas rollout start iris@production ^1 --plan ab --sticky-by header:x-user --no-guards
maas rollout abort iris@production --reason 'Slower than expected'
maas alias rollback iris@production --reason 'Callers miss an output'
# maas alias set iris@staging 1.1.0
maas alias delete iris@staging --yes
# maas alias set iris@production 1.1.0 --move
maas versions deprecate iris:1.0.0
# maas push iris.onnx iris:1.2.0-rc.1
maas versions delete iris:1.2.0-rc.1 --yes
maas keys create app --scope inference:invoke --model iris:^1 -q
KEY_ID: maas keys list -q
maas keys list
maas keys show $KEY_ID
maas keys rotate $KEY_ID --grace 3600 -q
maas keys delete $KEY_ID --yes
maas users invite grace@example.com --role developer -q
INVITATION_ID: maas users invitations -q
maas users invitations
maas users revoke $INVITATION_ID
USER_ID: _joined
maas users list --state active
maas audit list --action ModelCreated --limit 10
maas audit head --json
maas audit verify
maas audit verify --head kept-head.json
maas audit export kept/audit
maas audit verify kept/audit
maas usage
maas grants set iris $USER_ID invoker --kind user
maas grants list iris
maas grants delete iris $USER_ID --yes
maas grants held --holder organization
MODEL_ID: _shared
maas grants give-back $MODEL_ID --holder organization --yes
maas service-accounts create release --role developer -q
ACCOUNT_ID: maas service-accounts list -q
maas service-accounts list
maas service-accounts show $ACCOUNT_ID
maas service-accounts update $ACCOUNT_ID --role viewer --role invoker
maas issuers create release --issuer https://token.actions.githubusercontent.com --service-account $ACCOUNT_ID \
--condition sub=repo:acme/app:environment:production --scope models:read
ISSUER_ID: maas issuers list -q
maas issuers list
maas issuers show $ISSUER_ID
maas issuers update $ISSUER_ID --disable
maas issuers update $ISSUER_ID --enable --lifetime 300
maas issuers delete $ISSUER_ID --yes
ORGANIZATION_ID: _organization
# maas issuers create ci --issuer ISSUER_URL --service-account $ACCOUNT_ID --condition sub=repo:acme/app:*
maas auth exchange --from file:id-token.txt --organization $ORGANIZATION_ID -q
maas auth exchange --from env:ID_TOKEN --scope 'models:read inference:invoke'
maas service-accounts delete $ACCOUNT_ID --yes
maas webhooks create https://example.com/maas --event VersionStateChanged -q
WEBHOOK_ID: maas webhooks list -q
maas webhooks list
maas webhooks list -q
maas webhooks show $WEBHOOK_ID
maas webhooks update $WEBHOOK_ID --event VersionStateChanged --event AliasMoved
maas webhooks rotate $WEBHOOK_ID --grace 3600 -q
maas webhooks test $WEBHOOK_ID
DELIVERY_ID: maas webhooks deliveries $WEBHOOK_ID -q
maas webhooks deliveries $WEBHOOK_ID --limit 10
maas webhooks redeliver $WEBHOOK_ID $DELIVERY_ID
maas webhooks delete $WEBHOOK_ID --yes
maas users show $USER_ID
maas users update $USER_ID --role viewer
maas users update $USER_ID --disable
maas users delete $USER_ID --yes
maas models delete iris --yes
maas auth logout
maas completion bash
maas config use staging
""".strip().splitlines()
