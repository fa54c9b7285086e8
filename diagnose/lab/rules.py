"""Rule files and logs for the scenarios, as the programs write them; `{port}`, `{host}` and `{today}` are filled in."""

from __future__ import annotations


def _entries(*addresses: str) -> str:
    return "".join(f'    <add ipAddress="{address}" allowed="true" />\n' for address in addresses)


def iis(*addresses: str, dynamic: str = "") -> str:
    """Return what the export command of the remedy prints for both applications."""
    rules = f'  <ipSecurity allowUnlisted="false">\n{_entries(*addresses)}  </ipSecurity>\n{dynamic}'
    section = f"<system.webServer><security>\n{rules}</security></system.webServer>\n"
    return "".join(f"<!-- path: Default Web Site/{name} -->\n{section}" for name in ("auth", "api"))


def application_host(path: str, *addresses: str) -> str:
    """Return an applicationHost.config with one site, restricted at this path."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<configuration><system.applicationHost><sites>\n'
        '<site name="Halo" id="1"><application path="/"><virtualDirectory path="/" physicalPath="C:\\halo" />'
        '</application><bindings><binding protocol="https" bindingInformation="*:{port}:" /></bindings></site>\n'
        f'</sites></system.applicationHost>\n<location path="{path}"><system.webServer><security>\n'
        f'<ipSecurity allowUnlisted="false">\n{_entries(*addresses)}</ipSecurity>\n'
        "</security></system.webServer></location></configuration>\n"
    )


def firewall(*addresses: str) -> str:
    """Return the firewall's export: closed but for one rule."""
    profiles = ",\n".join(
        f'{{"Name":"{name}","Enabled":1,"DefaultInboundAction":"Block","AllowInboundRules":2}}'
        for name in ("Domain", "Private", "Public")
    )
    remote = ",".join(f'"{address}"' for address in addresses)
    return (
        f'{{"active":["Public"],"profiles":[\n{profiles}],\n"rules":[{{"Name":"halo","DisplayName":"HaloPSA (HTTPS)",'
        '"Action":"Allow","Profile":"Any","Source":"PersistentStore","Protocol":"TCP","LocalPort":["{port}"],\n'
        f'"RemoteAddress":[{remote}],"Program":"System"}}]}}\n'
    )


def iis_log(*rows: tuple[str, str]) -> str:
    """Return an IIS log in which these addresses ask for a token, each answered like this."""
    head = (
        "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: {today} 00:00:01\n"
        "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent)"
        " cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n"
    )
    return head + "".join(
        f"{{today}} 00:00:{number:02} 10.0.0.5 POST /auth/token - {{port}} - {address} - - {status} 0 31\n"
        for number, (address, status) in enumerate(rows, 2)
    )


DYNAMIC = (
    '  <dynamicIpSecurity>\n    <denyByConcurrentRequests enabled="true" maxConcurrentRequests="5" />\n'
    '    <denyByRequestRate enabled="true" maxRequests="20" requestIntervalInMilliseconds="200" />\n'
    "  </dynamicIpSecurity>\n"
)
