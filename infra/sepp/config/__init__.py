"""Mission and platform configuration: from files to models, with every fault at its line and column.

A file passes through `source` (bytes to text), `tree` (YAML's events to nodes; `syntax` explains what is none),
`document` (nodes to plain data that knows its places; `values` says what a scalar means), the models (`mission`,
`platform`; `wording` says for people what they refuse) and the rules (`rules`, `file_rules`, `platform_rules`). `load`
puts these together. `schema`, `reference` and `first` are made from the models.
"""
