"""Where people sign in, and where they find what is their own."""

from django.urls import path

from sso.sign_in.pages import account, confirm, invitation, login, sessions, tokens

urlpatterns = [
    path("login/", login.sign_in, name="login"),
    path("logout/", login.sign_out, name="logout"),
    path("invitation/", invitation.accept, name="invitation"),
    path("account/", account.profile, name="account"),
    path("account/confirm/", confirm.confirm, name="account-confirm"),
    path("account/password/", account.password, name="account-password"),
    path("account/permissions/", account.permissions, name="account-permissions"),
    path("account/sessions/", sessions.sessions, name="account-sessions"),
    path("account/sessions/end-others/", sessions.revoke_others, name="account-sessions-others"),
    path("account/sessions/<uuid:pk>/end/", sessions.revoke, name="account-session-end"),
    path("account/tokens/", tokens.tokens, name="account-tokens"),
    path("account/tokens/new/", tokens.create, name="account-token-new"),
    path("account/tokens/<uuid:pk>/rotate/", tokens.rotate, name="account-token-rotate"),
    path("account/tokens/<uuid:pk>/revoke/", tokens.revoke, name="account-token-revoke"),
]
