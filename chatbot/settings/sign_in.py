"""How people sign in beside their password: second factors and passkeys."""

from chatbot.settings.base import SITE_NAME
from chatbot.settings.security import ACCOUNT_EMAIL_VERIFICATION

MFA_ADAPTER = "chatbot.accounts.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# Browsers offer passkeys over HTTPS only, and on http://localhost.
MFA_PASSKEY_LOGIN_ENABLED = True
# An authenticator app shows this name beside the account.
MFA_TOTP_ISSUER = SITE_NAME
# Where no address is ever verified, an unverified one must not keep people from a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = ACCOUNT_EMAIL_VERIFICATION == "none"
