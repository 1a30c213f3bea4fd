"""The setup check: why are there no logs?

`findings` says what a check can find, `model` what a check is, `registry` lists them all, `runner`
runs them over brokers, clusters and the account, `lookups` asks AWS (each thing once), and one
module for each subject holds its checks.
"""
