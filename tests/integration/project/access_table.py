"""Who may do what. A cell is the status of the answer, or `in` where people are sent to sign in.

The callers: a stranger; Ann with her session, with a key that may chat, with a key that may only read, with a token;
another user; a superuser; Ann when she may not chat any more; Ann when her account is deactivated. All of them ask for
what is Ann's. What asks for no particular object gives everybody their own.
"""

COLUMNS = ("stranger", "session", "chat key", "read key", "token", "other", "staff", "barred", "gone")
# The REST API: a read key only reads, a key does not change its account, what is Ann's is not there for others.
_API = """
                                                              str  ses  cha  rea  tok  oth  sta  bar  gon
GET api/v1/conversations/                                     401  200  200  200  200  200  200  403  401
POST api/v1/conversations/                                    401  201  201  403  201  201  201  403  401
GET api/v1/conversations/<conversation_id>/                   401  200  200  200  200  404  404  403  401
PATCH api/v1/conversations/<conversation_id>/                 401  200  200  403  200  404  404  403  401
DELETE api/v1/conversations/<conversation_id>/                401  204  204  403  204  404  404  403  401
GET api/v1/conversations/<conversation_id>/messages/          401  200  200  200  200  404  404  403  401
POST api/v1/conversations/<conversation_id>/messages/         401  202  202  403  202  404  404  403  401
POST api/v1/chat/stream/                                      401  200  200  403  200  200  200  403  401
POST api/v1/chat/batch/                                       401  202  202  403  202  202  202  403  401
GET api/v1/messages/<message_id>/                             401  200  200  200  200  404  404  403  401
GET api/v1/messages/<message_id>/events/                      401  200  200  200  200  404  404  403  401
POST api/v1/messages/<message_id>/edit/                       401  202  202  403  202  404  404  403  401
POST api/v1/messages/<message_id>/regenerate/                 401  202  202  403  202  404  404  403  401
POST api/v1/messages/<message_id>/stop/                       401  202  202  403  202  404  404  403  401
POST api/v1/messages/<message_id>/retry/                      401  202  202  403  202  404  404  403  401
POST api/v1/messages/<message_id>/select/                     401  200  200  403  200  404  404  403  401
GET api/v1/messages/<message_id>/feedback/                    401  200  200  200  200  404  404  403  401
POST api/v1/messages/<message_id>/feedback/                   401  200  200  403  200  404  404  403  401
DELETE api/v1/messages/<message_id>/feedback/                 401  204  204  403  204  404  404  403  401
POST api/v1/messages/<message_id>/report/                     401  201  201  403  201  404  404  403  401
GET api/v1/moderation/appeals/                                401  200  200  200  200  200  200  403  401
POST api/v1/moderation/appeals/                               401  201  201  403  201  404  404  403  401
GET api/v1/models/                                            401  200  200  200  200  200  200  403  401
GET api/v1/usage/                                             401  200  200  200  200  200  200  403  401
GET api/v1/shares/                                            401  200  200  200  200  200  200  403  401
POST api/v1/shares/                                           401  201  201  403  201  404  404  403  401
GET api/v1/shares/<share_id>/                                 401  200  200  200  200  404  404  403  401
DELETE api/v1/shares/<share_id>/                              401  204  204  403  204  404  404  403  401
GET api/v1/exports/                                           401  200  200  200  200  200  200  403  401
POST api/v1/exports/                                          401  202  202  403  202  202  202  403  401
GET api/v1/exports/<export_id>/                               401  200  200  200  200  404  404  403  401
DELETE api/v1/exports/<export_id>/                            401  204  204  403  204  404  404  403  401
GET api/v1/exports/<export_id>/file/                          401  200  200  200  200  404  404  403  401
GET api/v1/imports/                                           401  200  200  200  200  200  200  403  401
POST api/v1/imports/                                          401  202  202  403  202  202  202  403  401
GET api/v1/imports/<import_id>/                               401  200  200  200  200  404  404  403  401
GET api/v1/presets/                                           401  200  200  200  200  200  200  403  401
POST api/v1/presets/                                          401  201  201  403  201  201  201  403  401
GET api/v1/presets/<preset_id>/                               401  200  200  200  200  404  404  403  401
PATCH api/v1/presets/<preset_id>/                             401  200  200  403  200  404  404  403  401
DELETE api/v1/presets/<preset_id>/                            401  204  204  403  204  404  404  403  401
GET api/v1/search/                                            401  200  200  200  200  200  200  403  401
GET api/v1/attachments/                                       401  200  200  200  200  200  200  403  401
POST api/v1/attachments/                                      401  201  201  403  201  201  201  403  401
GET api/v1/attachments/<attachment_id>/                       401  200  200  200  200  404  404  403  401
DELETE api/v1/attachments/<attachment_id>/                    401  204  204  403  204  404  404  403  401
GET api/v1/attachments/<attachment_id>/file/                  401  200  200  200  200  404  404  403  401
GET api/v1/attachments/<attachment_id>/thumbnail/             401  200  200  200  200  404  404  403  401
POST api/v1/client-errors/                                    401  204  204  403  204  204  204  403  401
GET api/v1/me/                                                401  200  200  200  200  200  200  403  401
PATCH api/v1/me/                                              401  200  403  403  200  200  200  403  401
GET api/v1/auth/access-keys/                                  401  200  403  403  200  200  200  403  401
POST api/v1/auth/access-keys/                                 401  201  403  403  201  201  201  403  401
DELETE api/v1/auth/access-keys/<key_id>/                      401  204  403  403  204  404  404  403  401
POST api/v1/auth/ws-ticket/                                   401  200  200  403  200  200  200  403  401
POST api/v1/auth/token/                                       200  200  200  200  200  200  200  403  401
POST api/v1/auth/token/refresh/                               200  200  200  200  200  200  200  401  401
POST api/v1/auth/token/revoke/                                204  204  204  204  204  204  204  204  204
"""
# The door for OpenAI's clients.
_OPENAI = """
                                                              str  ses  cha  rea  tok  oth  sta  bar  gon
GET v1/models                                                 401  200  200  200  200  200  200  403  401
GET v1/models/<slug>                                          401  200  200  200  200  200  200  403  401
GET v1/                                                       404  404  404  404  404  404  404  404  404
POST v1/chat/completions                                      401  200  200  403  200  200  200  403  401
"""
# Pages: for a browser that is signed in; what Ann made is not there for others.
_PAGES = """
                                                              str  ses  cha  rea  tok  oth  sta  bar  gon
GET s/<token>/                                                200  200  200  200  200  200  200  200  404
GET /                                                          in  200   in   in   in  200  200  403   in
GET c/<conversation_id>/                                       in  200   in   in   in  404  404  403   in
POST c/<conversation_id>/show/<message_id>/                    in  302   in   in   in  404  404  403   in
GET send/                                                     302  302  302  302  302  302  302  302  302
POST send/                                                     in  302   in   in   in  302  302  403   in
GET c/<conversation_id>/edit/<message_id>/                     in  200   in   in   in  404  404  403   in
POST c/<conversation_id>/edit/<message_id>/                    in  302   in   in   in  404  404  403   in
POST c/<conversation_id>/regenerate/<message_id>/              in  302   in   in   in  404  404  403   in
POST c/<conversation_id>/retry/<message_id>/                   in  302   in   in   in  404  404  403   in
POST c/<conversation_id>/stop/<message_id>/                    in  302   in   in   in  404  404  403   in
GET c/<conversation_id>/settings/                              in  200   in   in   in  404  404  403   in
POST c/<conversation_id>/settings/                             in  302   in   in   in  404  404  403   in
POST c/<conversation_id>/mark/                                 in  302   in   in   in  404  404  403   in
POST c/<conversation_id>/export/                               in  302   in   in   in  404  404  403   in
GET c/<conversation_id>/delete/                                in  200   in   in   in  404  404  403   in
POST c/<conversation_id>/delete/                               in  302   in   in   in  404  404  403   in
POST c/<conversation_id>/share/                                in  302   in   in   in  404  404  403   in
POST c/<conversation_id>/share/<share_id>/revoke/              in  302   in   in   in  404  404  403   in
POST c/<conversation_id>/rate/<message_id>/                    in  302   in   in   in  404  404  403   in
GET usage/                                                     in  200   in   in   in  200  200  403   in
GET conversations/                                             in  200   in   in   in  200  200  403   in
GET search/                                                    in  200   in   in   in  200  200  403   in
GET new/                                                       in  200   in   in   in  200  200  403   in
POST new/                                                      in  302   in   in   in  400  400  403   in
GET presets/                                                   in  200   in   in   in  200  200  403   in
POST presets/                                                  in  302   in   in   in  302  302  403   in
GET presets/<preset_id>/                                       in  200   in   in   in  404  404  403   in
POST presets/<preset_id>/                                      in  302   in   in   in  404  404  403   in
POST presets/<preset_id>/delete/                               in  302   in   in   in  404  404  403   in
GET accounts/                                                  in  200   in   in   in  200  200  200   in
GET accounts/profile/                                          in  200   in   in   in  200  200  200   in
POST accounts/profile/                                         in  302   in   in   in  302  302  302   in
GET accounts/sessions/                                         in  200   in   in   in  200  200  200   in
POST accounts/sessions/end-others/                             in  302   in   in   in  302  302  302   in
POST accounts/sessions/<session_id>/end/                       in  404   in   in   in  404  404  404   in
GET accounts/programs/                                         in  200   in   in   in  200  200  200   in
POST accounts/programs/keys/                                   in  200   in   in   in  200  200  200   in
POST accounts/programs/keys/<key_id>/revoke/                   in  302   in   in   in  404  404  302   in
POST accounts/programs/logins/<family_id>/revoke/              in  302   in   in   in  404  404  302   in
GET accounts/exports/                                          in  200   in   in   in  200  200  200   in
POST accounts/exports/begin/                                   in  302   in   in   in  302  302  302   in
POST accounts/exports/<export_id>/delete/                      in  302   in   in   in  404  404  302   in
GET accounts/delete/                                           in  200   in   in   in  200  200  200   in
POST accounts/delete/                                          in  302   in   in   in  200  200  302   in
GET accounts/login/                                           200  302  200  200  200  302  302  302  200
POST accounts/login/                                          302  302  302  302  302  302  302  302  302
GET accounts/logout/                                          302  200  302  302  302  200  200  200  302
POST accounts/logout/                                         302  302  302  302  302  302  302  302  302
GET accounts/inactive/                                        200  200  200  200  200  200  200  200  200
GET accounts/signup/                                          200  302  200  200  200  302  302  302  200
POST accounts/signup/                                         302  302  302  302  302  302  302  302  302
GET accounts/reauthenticate/                                   in  200   in   in   in  200  200  200   in
POST accounts/reauthenticate/                                  in  302   in   in   in  302  302  302   in
GET accounts/email/                                            in  200   in   in   in  200  200  200   in
POST accounts/email/                                           in  302   in   in   in  302  302  302   in
GET accounts/confirm-email/                                   200  200  200  200  200  200  200  200  200
GET accounts/confirm-email/<key>/                             200  200  200  200  200  200  200  200  200
POST accounts/confirm-email/<key>/                            404  404  404  404  404  404  404  404  404
GET accounts/password/change/                                  in  200   in   in   in  200  200  200   in
POST accounts/password/change/                                 in  302   in   in   in  302  302  302   in
GET accounts/password/set/                                     in  302   in   in   in  302  302  302   in
POST accounts/password/set/                                    in  302   in   in   in  302  302  302   in
GET accounts/password/reset/                                  200  200  200  200  200  200  200  200  200
POST accounts/password/reset/                                 302  302  302  302  302  302  302  302  302
GET accounts/password/reset/done/                             200  200  200  200  200  200  200  200  200
GET accounts/password/reset/key/<uidb36>-<key>/               200  200  200  200  200  200  200  200  200
POST accounts/password/reset/key/<uidb36>-<key>/              200  200  200  200  200  200  200  200  200
GET accounts/password/reset/key/done/                         200  200  200  200  200  200  200  200  200
GET accounts/login/code/confirm/                              302  302  302  302  302  302  302  302  302
POST accounts/login/code/confirm/                             302  302  302  302  302  302  302  302  302
GET accounts/2fa/                                              in  200   in   in   in  200  200  200   in
GET accounts/2fa/authenticate/                                302  302  302  302  302  302  302  302  302
POST accounts/2fa/authenticate/                               302  302  302  302  302  302  302  302  302
GET accounts/2fa/reauthenticate/                               in  302   in   in   in  302  302  302   in
POST accounts/2fa/reauthenticate/                              in  302   in   in   in  302  302  302   in
GET accounts/2fa/totp/activate/                                in  200   in   in   in  200  200  200   in
POST accounts/2fa/totp/activate/                               in  200   in   in   in  200  200  200   in
GET accounts/2fa/totp/deactivate/                              in  404   in   in   in  404  404  404   in
POST accounts/2fa/totp/deactivate/                             in  404   in   in   in  404  404  404   in
GET accounts/2fa/recovery-codes/                               in  404   in   in   in  404  404  404   in
GET accounts/2fa/recovery-codes/generate/                      in  200   in   in   in  200  200  200   in
POST accounts/2fa/recovery-codes/generate/                     in  200   in   in   in  200  200  200   in
GET accounts/2fa/recovery-codes/download/                      in  404   in   in   in  404  404  404   in
GET accounts/2fa/webauthn/                                     in  200   in   in   in  200  200  200   in
GET accounts/2fa/webauthn/add/                                 in  200   in   in   in  200  200  200   in
POST accounts/2fa/webauthn/add/                                in  200   in   in   in  200  200  200   in
GET accounts/2fa/webauthn/reauthenticate/                      in  302   in   in   in  302  302  302   in
POST accounts/2fa/webauthn/reauthenticate/                     in  302   in   in   in  302  302  302   in
GET accounts/2fa/webauthn/keys/<pk>/remove/                    in  404   in   in   in  404  404  404   in
POST accounts/2fa/webauthn/keys/<pk>/remove/                   in  404   in   in   in  404  404  404   in
DELETE accounts/2fa/webauthn/keys/<pk>/remove/                 in  404   in   in   in  404  404  404   in
GET accounts/2fa/webauthn/keys/<pk>/edit/                      in  404   in   in   in  404  404  404   in
POST accounts/2fa/webauthn/keys/<pk>/edit/                     in  404   in   in   in  404  404  404   in
GET accounts/2fa/webauthn/login/                              302  302  302  302  302  302  302  302  302
POST accounts/2fa/webauthn/login/                             302  302  302  302  302  302  302  302  302
GET accounts/oidc/<provider_id>/login/                        404  404  404  404  404  404  404  404  404
POST accounts/oidc/<provider_id>/login/                       404  404  404  404  404  404  404  404  404
GET accounts/oidc/<provider_id>/login/callback/               404  404  404  404  404  404  404  404  404
GET accounts/3rdparty/                                         in  200   in   in   in  200  200  200   in
POST accounts/3rdparty/                                        in  200   in   in   in  200  200  200   in
GET accounts/3rdparty/signup/                                 302  302  302  302  302  302  302  302  302
POST accounts/3rdparty/signup/                                302  302  302  302  302  302  302  302  302
GET accounts/3rdparty/login/cancelled/                        200  200  200  200  200  200  200  200  200
GET accounts/3rdparty/login/error/                            401  401  401  401  401  401  401  401  401
GET manifest.webmanifest                                      200  200  200  200  200  200  200  200  200
GET service-worker.js                                         200  200  200  200  200  200  200  200  200
GET offline/                                                  200  200  200  200  200  200  200  200  200
GET diagram/                                                  200  200  200  200  200  200  200  200  200
POST csp-report/                                              204  204  204  204  204  204  204  204  204
GET health/live                                               200  200  200  200  200  200  200  200  200
GET health/ready                                              200  200  200  200  200  200  200  200  200
GET metrics                                                   200  200  200  200  200  200  200  200  200
GET api/schema/                                               200  200  200  200  200  200  200  200  200
GET api/docs/                                                 200  200  200  200  200  200  200  200  200
"""


def _rows(table: str) -> dict[str, tuple[str, ...]]:
    lines = [line for line in table.splitlines()[2:] if line]
    return {" ".join(line.split()[: -len(COLUMNS)]): tuple(line.split()[-len(COLUMNS) :]) for line in lines}


ACCESS = _rows(_API) | _rows(_OPENAI) | _rows(_PAGES)
