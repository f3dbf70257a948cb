"""The edition and its proof: rows become pages, a signed manifest and the public ledger."""
