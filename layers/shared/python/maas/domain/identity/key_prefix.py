"""How the text of an API key begins. The authorizer loads nothing else about keys until somebody shows one."""

PREFIX = "maas_"
