"""Django with django-bmemcached: values, pages and sessions in one cache, no C library needed."""
import sys

from django.conf import settings

# snippet: connect
# settings.py
import os

CACHES = {
    "default": {
        "BACKEND": "django_bmemcached.memcached.BMemcached",
        "LOCATION": os.environ["MEMCACHIER_SERVERS"].split(","),
        "TIMEOUT": 300,
        "OPTIONS": {
            "username": os.environ.get("MEMCACHIER_USERNAME"),
            "password": os.environ.get("MEMCACHIER_PASSWORD"),
            "socket_timeout": 1,
        },
    }
}

# Sessions are read from the cache and kept in the database as well, so that one which the cache
# has lost or could not take is not a user who is logged out.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
# end snippet

settings.configure(
    CACHES=CACHES,
    SESSION_ENGINE=SESSION_ENGINE,
    SECRET_KEY=os.environ.get("SECRET_KEY", "an example keeps no secrets"),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3",
                           "NAME": os.environ.get("DATABASE", "db.sqlite3")}},
)

import django  # noqa: E402

django.setup()

from django.urls import path  # noqa: E402

# snippet: use
# views.py
import os  # noqa: E402
import time  # noqa: E402

from django.core.cache import cache  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.views.decorators.cache import cache_page  # noqa: E402


def ask(call, *arguments, **options):
    """The cache's answer; None when it is away or refuses, whatever the client says then."""
    try:
        return call(*arguments, **options)
    except Exception:
        return None


def slow_query(number):  # in place of your own
    return number * number


def square(request, number):
    key = f"square:{number}"
    answer, source = ask(cache.get, key), "cached"
    if answer is None:
        answer, source = slow_query(number), "computed"
        ask(cache.set, key, answer, timeout=300)
    return HttpResponse(f"{answer} {source}")


@cache_page(300)  # the whole view
def page(request):
    return HttpResponse(f"made by {os.getpid()} at {time.time()}")
# end snippet


def visits(request):
    ask(cache.add, "visits", 0, timeout=None)
    return HttpResponse(f"visits {ask(cache.incr, 'visits') or 'unknown'}")


def login(request, name):
    request.session["name"] = name
    return HttpResponse(f"hello {name}")


def me(request):
    return HttpResponse(f"hello {request.session.get('name', 'stranger')}")


urlpatterns = [path("", visits), path("square/<int:number>", square), path("page", page),
               path("login/<slug:name>", login), path("me", me)]

if __name__ == "__main__":
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
