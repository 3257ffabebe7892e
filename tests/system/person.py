"""A person at the dashboard's API: a browser with its cookie and CSRF token, or a script with a
token. Keeps every secret that it was told and every error that it was shown, so that a test can
look for the ones among the others."""
import http.client
import json


class Person:
    def __init__(self, server, email=None, password=None, token=None):
        self.server = server
        self.email = email
        self.password = password
        self.token = token
        self.cookie = None
        self.csrf = None
        self.secrets = {secret for secret in (password, token) if secret}
        self.errors = []

    def ask(self, method, path, body=None, headers=()):
        """Status and answer; the answer is None where there is none."""
        sent = dict(headers)
        if self.cookie:
            sent["Cookie"] = f"cachery_session={self.cookie}"
        if self.csrf and method != "GET":
            sent["X-CSRF-Token"] = self.csrf
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        connection = http.client.HTTPConnection(self.server.ready["http"], timeout=30)
        try:
            connection.request(method, f"/api/admin/v1{path}",
                               None if body is None else json.dumps(body), sent)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        answer = json.loads(text) if text else None
        if response.status >= 400:
            self.errors.append(text)
        self.keep(response, answer)
        return response.status, answer

    def keep(self, response, answer):
        cookie = response.headers.get("Set-Cookie", "")
        if cookie.startswith("cachery_session=") and response.status == 200:
            self.cookie = cookie.split("=", 1)[1].split(";", 1)[0]
            self.csrf = answer["csrf_token"]
            self.secrets |= {self.cookie, self.csrf}

    def get(self, path):
        return self.expect(200, "GET", path)

    def expect(self, status, method, path, body=None):
        """The answer; an AssertionError where the status is another."""
        got, answer = self.ask(method, path, body)
        assert got == status, f"{method} {path}: {got} {answer}, not {status}"
        return answer

    def status(self, method, path, body=None):
        return self.ask(method, path, body)[0]

    def sign_up(self, mails=None, **more):
        self.expect(202, "POST", "/sign_up",
                    {"email": self.email, "password": self.password, **more})
        if mails:
            self.confirm(mails.take_secret(self.email, "Confirm your address"))
        return self

    def confirm(self, secret):
        self.secrets.add(secret)
        return self.expect(200, "POST", "/sign_up/confirm", {"secret": secret})

    def become_operator(self, secret):
        self.secrets.add(secret)
        self.expect(201, "POST", "/sign_up/operator",
                    {"email": self.email, "password": self.password, "secret": secret})
        return self.sign_in()

    def sign_in(self):
        self.cookie = self.csrf = None
        self.expect(200, "POST", "/sign_in", {"email": self.email, "password": self.password})
        return self

    def make_token(self, *scopes):
        """A script of this person's."""
        made = self.expect(201, "POST", "/account/tokens", {"name": "script", "scopes": scopes})
        self.secrets.add(made["token"])
        return Person(self.server, self.email, token=made["token"])

    def own_team(self):
        return self.get("/teams")["teams"][0]["id"]
