"""One chat endpoint: client, ledger, prices, tokens, prompts, replies. Async lives here alone."""
