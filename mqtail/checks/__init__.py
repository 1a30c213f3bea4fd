"""The setup check: why are there no logs?

- `findings`, `model`: what a check is, and what it finds; `registry`: all of them
- `runner`: runs them over brokers, clusters, log groups and the account
- `lookups` (on `asking`): asks AWS, each thing once
- `amazon_mq`, `amazon_msk`, `account`, `log_groups`, `unfound`: the checks of each kind of subject
- `resource_policies`, `service_access` (on `statements`): what policies let services do, and what
  would let them; `identities`, `permissions`: what people and mqtail may do; `commands`: the fixes
- `console`, `report`: `mqtail check`
"""
