"""Where people show and set up their second factors."""

from django.urls import path

from sso.second_factors.pages import account, confirm, sign_in

urlpatterns = [
    path("login/second-factor/", sign_in.show, name="second-factor"),
    path("login/second-factor/set-up/", sign_in.set_up, name="second-factor-set-up"),
    path(
        "account/confirm/second-factor/",
        confirm.confirm,
        name="account-confirm-second-factor",
    ),
    path("account/second-factors/", account.factors, name="account-second-factors"),
    path("account/second-factors/app/", account.add_app, name="account-second-factor-app"),
    path(
        "account/second-factors/passkey/", account.add_passkey, name="account-second-factor-passkey"
    ),
    path(
        "account/second-factors/recovery-codes/",
        account.recovery_codes,
        name="account-recovery-codes",
    ),
    path(
        "account/second-factors/<uuid:pk>/remove/",
        account.remove,
        name="account-second-factor-remove",
    ),
]
