"""The mail delivery agent (RFC 5598 s4.3.3): gather facts, let the core decide, apply.

Synchronous and free of adapters: it knows the ports and the pure core, nothing else. The same
agent runs in one process on a laptop and in Lambdas.
"""
