"""Settings fragment: the look of the admin (django-unfold)."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static

_NAVIGATION = "iac_platform.admin.navigation"

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": f"{_NAVIGATION}.site_title",
    "SITE_HEADER": f"{_NAVIGATION}.heading",
    "SITE_SUBHEADER": f"{_NAVIGATION}.subheading",
    "SITE_SYMBOL": "account_tree",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("platform_admin/icon.svg"),
        }
    ],
    "ACCOUNT": {"navigation": [{"title": "Your account", "link": "/account/"}]},
    "ENVIRONMENT": f"{_NAVIGATION}.environment_label",
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda _request: static("platform_admin/admin.css")],
    "SIDEBAR": {"navigation": f"{_NAVIGATION}.groups"},
    "COLORS": {
        # A calm blue with enough contrast on white and on dark (WCAG 2.2, 1.4.3).
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .214 259.8)",
            "600": "oklch(54.6% .245 262.9)",
            "700": "oklch(48.8% .243 264.4)",
            "800": "oklch(42.4% .199 265.6)",
            "900": "oklch(37.9% .146 265.5)",
            "950": "oklch(28.2% .091 267.9)",
        },
    },
}
