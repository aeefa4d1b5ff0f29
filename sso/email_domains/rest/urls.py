"""Where the API has e-mail domains."""

from rest_framework.routers import SimpleRouter

from sso.email_domains.rest.views import EmailDomainViewSet

router = SimpleRouter(use_regex_path=False)
router.register("sso/email-domains", EmailDomainViewSet, basename="email-domain")
urlpatterns = router.urls
