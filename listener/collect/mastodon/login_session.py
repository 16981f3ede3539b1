"""The wire for logging in: what reading may send, and two requests more."""

from collections.abc import Mapping

import requests

from listener.collect.mastodon.session import (
    Answer,
    GuardedSession,
    RedirectError,
    keep_authorization,
    make_stand_in,
)

_TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
_TARGETS = ("/api/v1/apps", _TOKEN_PATH)
_OAUTH_INFO = "/.well-known/oauth-authorization-server"


class LoginSession(GuardedSession):
    """Also registers the program and exchanges a code, both at the server's own address.

    Attributes:
        base_url: The server's address.
        knows_oauth_info: Whether the server has told about its ways to log in.
            Mastodon.py asks again before it sends the code, and would send it to
            any other host that is named there.
    """

    base_url = ""
    knows_oauth_info = False

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        *,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **options: object,
    ) -> requests.Response:
        """Send one request; an answer to what is posted is passed on as it is.

        Raises:
            ValueError: For any other request that would change something.
        """
        if self.knows_oauth_info and url == self.base_url + _OAUTH_INFO:
            ways = {"grant_types_supported": ["authorization_code"]}
            return make_stand_in(200, {**ways, "token_endpoint": self.base_url + _TOKEN_PATH})
        if method != "POST" or url not in [self.base_url + path for path in _TARGETS]:
            return super().request(method, url, headers=headers, **options)  # type: ignore[arg-type]
        self.answer, self.failure = None, None
        form = {**(data or {}), **self.extra}
        answer = self._watch(lambda _: self._post(url, form, headers))
        return make_stand_in(answer.status, answer.payload)

    def _post(
        self, url: str, form: Mapping[str, object], headers: Mapping[str, str] | None
    ) -> Answer:
        response = requests.Session.request(
            self,
            "POST",
            url,
            data=form,
            headers=headers,
            auth=keep_authorization,
            timeout=self._limits.seconds,
            stream=True,
            allow_redirects=False,
        )
        with response:
            if response.is_redirect:  # the code and the app's secret are not for anybody else
                msg = "it sends its readers to another host"
                raise RedirectError(msg)
            return self._read(response)
