"""Routes of the account pages. They stand before allauth's, which have all the others."""

from django.urls import path

from chatbot.accounts import oidc, views

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
    path("oidc/<str:provider_id>/login/", oidc.begin, name="openid_connect_login"),
    path("oidc/<str:provider_id>/login/callback/", oidc.finish, name="openid_connect_callback"),
]
