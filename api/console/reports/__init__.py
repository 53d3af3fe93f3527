"""Reports: the month by area, grid, plate, class and unit, exemptions, joint operations; as page, print and XLSX."""

from api.console.reports import drilling, exempted, joint, monthly, workbook
from api.routing import new_router

router = new_router("Console")
for area in (monthly, drilling, exempted, joint, workbook):
    router.routes.extend(area.router.routes)

__all__ = ["router"]
