import inspect

# what Odoo calls by itself, and what replaces Odoo's own
OVERRIDDEN = {"default_get", "create", "write", "unlink", "copy"}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


def rights(records, roles):
    """Return what roles may do with records, or a model; who may do nothing aside.

    :param dict roles: users by name
    :return: letters of :data:`OPERATIONS` by name
    :rtype: dict[str, str]
    """
    found = {
        role: "".join(
            letter
            for letter, operation in OPERATIONS.items()
            if records.with_user(user).has_access(operation)
        )
        for role, user in roles.items()
    }
    return {role: letters for role, letters in found.items() if letters}


def public_methods(registry, module):
    """Return the methods that a module lets anybody call, those of Odoo aside.

    :param str module: its technical name
    :rtype: dict[str, set[str]]
    """
    addon = f"odoo.addons.{module}."
    found = {}
    for name, model in registry.items():
        own = {
            method
            for cls in model.mro()
            if cls.__module__.startswith(addon)
            for method, function in vars(cls).items()
            if inspect.isfunction(function)
            and not method.startswith("_")
            and not getattr(function, "_api_private", False)
        }
        others = {
            method
            for cls in model.mro()
            if not cls.__module__.startswith(addon)
            for method in vars(cls)
        }
        if own := own - others - OVERRIDDEN:
            found[name] = own
    return found
