"""How clients reach the stack from other machines: addresses, names, TLS, and what is not safe there."""
