"""Routes of the account pages. They stand before allauth's, which have all the others."""

from allauth.core.internal import ratelimit
from allauth.mfa.webauthn.views import login_webauthn
from django.urls import path

from chatbot.accounts import oidc, views

# Every challenge makes a session: allauth counts the answers only.
limited_passkey_login = ratelimit.decorator(app="allauth.account", action="passkey_challenge", limit_get=True)(
    login_webauthn
)

urlpatterns = [
    path("", views.overview, name="account_overview"),
    path("profile/", views.profile, name="account_profile"),
    path("sessions/", views.session_list, name="usersessions_list"),
    path("sessions/end-others/", views.end_other_sessions, name="account_end_other_sessions"),
    path("sessions/<int:session_id>/end/", views.end_session, name="account_end_session"),
    path("programs/", views.programs, name="account_programs"),
    path("programs/keys/", views.create_key, name="account_create_key"),
    path("programs/keys/<uuid:key_id>/revoke/", views.revoke_key, name="account_revoke_key"),
    path("programs/logins/<uuid:family_id>/revoke/", views.revoke_program, name="account_revoke_program"),
    path("delete/", views.delete_account, name="account_delete"),
    path("2fa/webauthn/login/", limited_passkey_login, name="mfa_login_webauthn"),
    path("oidc/<str:provider_id>/login/", oidc.begin, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", oidc.finish, name="openid_connect_callback"),
]
