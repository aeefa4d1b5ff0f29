"""The stock project's addresses."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter
from stock_catalog.views import BlueprintVersionViewSet, BlueprintViewSet

router = DefaultRouter()
router.register("blueprints", BlueprintViewSet)
router.register("versions", BlueprintVersionViewSet)
urlpatterns = [path("api/", include(router.urls))]
