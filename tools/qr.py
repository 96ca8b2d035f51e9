"""Codes to be scanned, as drawings: sharp on paper, and made without other programs."""

from reportlab.graphics.barcode.qr import QrCodeWidget

# white margin that readers need, in modules
QUIET = 2


def qr_svg(text):
    """Return the QR code of a text as an SVG image.

    :rtype: bytes
    """
    code = QrCodeWidget(text, barLevel="M").qr
    code.make()
    count = code.getModuleCount()
    path = "".join(
        f"M{column + QUIET} {row + QUIET}h1v1h-1z"
        for row in range(count)
        for column in range(count)
        if code.isDark(row, column)
    )
    size = count + 2 * QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"'
        f' width="{size * 4}" height="{size * 4}" shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/>'
        f'<path d="{path}"/></svg>'
    ).encode()
