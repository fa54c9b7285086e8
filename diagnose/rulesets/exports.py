"""How to get at the rules of each layer: the exact commands, to be run by whoever runs that layer.

None of them changes anything. What they write is what `--allow-list` reads.
"""

from __future__ import annotations

import msgspec

from diagnose.rulesets.model import Format, Layer


class Export(msgspec.Struct, frozen=True):
    """One command that writes `file`; `shell` is `powershell`, `cmd` or `sh`."""

    format: Format
    layer: Layer
    title: str
    shell: str
    text: str
    file: str


# one line per cmdlet; index by InstanceID, for a filter asked per rule takes minutes
WINDOWS_FIREWALL = """\
$r=Get-NetFirewallRule -PolicyStore ActiveStore -Direction Inbound -Enabled True
$a=@{};Get-NetFirewallAddressFilter -PolicyStore ActiveStore|%{$a[$_.InstanceID]=$_}
$p=@{};Get-NetFirewallPortFilter -PolicyStore ActiveStore|%{$p[$_.InstanceID]=$_}
$g=@{};Get-NetFirewallApplicationFilter -PolicyStore ActiveStore|%{$g[$_.InstanceID]=$_}
@{active=@(Get-NetConnectionProfile|%{"$($_.NetworkCategory)"})
profiles=Get-NetFirewallProfile -PolicyStore ActiveStore|\
select Name,Enabled,DefaultInboundAction,AllowInboundRules,AllowLocalFirewallRules
rules=$r|%{[pscustomobject]@{Name=$_.Name;DisplayName=$_.DisplayName;Action="$($_.Action)";Profile="$($_.Profile)";\
Source="$($_.PolicyStoreSource)";Protocol=$p[$_.InstanceID].Protocol;LocalPort=@($p[$_.InstanceID].LocalPort);\
RemoteAddress=@($a[$_.InstanceID].RemoteAddress);Program=$g[$_.InstanceID].Program}}}|
ConvertTo-Json -Depth 5|Out-File -Encoding utf8 firewall.json"""

_IIS = """\
$(foreach($p in {paths}){{"<!-- path: $p -->"
foreach($s in 'security/ipSecurity','security/dynamicIpSecurity','rewrite/rules'){{\
& "$env:windir\\system32\\inetsrv\\appcmd.exe" list config $p "-section:system.webServer/$s"}}}})|\
Out-File -Encoding utf8 iis-rules.txt"""


def exports(site: str = "Default Web Site", paths: tuple[str, ...] = ("/auth", "/api")) -> tuple[Export, ...]:
    """The commands for every layer; `site` is the name of the IIS site that HaloPSA is served from."""
    return (
        Export(
            "iis-appcmd", "iis", "IIS: what is in force at each path", "powershell", iis(site, paths), "iis-rules.txt"
        ),
        Export(
            "windows-firewall-json",
            "host-firewall",
            "Windows firewall",
            "powershell",
            WINDOWS_FIREWALL,
            "firewall.json",
        ),
        Export("nginx", "proxy", "nginx", "sh", "nginx -T > nginx-rules.txt", "nginx-rules.txt"),
        Export(
            "apache",
            "proxy",
            "Apache httpd",
            "sh",
            "apachectl -t -D DUMP_CONFIG > apache-rules.txt",
            "apache-rules.txt",
        ),
        Export("haproxy", "proxy", "HAProxy", "sh", "cp /etc/haproxy/haproxy.cfg haproxy.cfg", "haproxy.cfg"),
        Export(
            "azure-nsg", "cloud", "Azure: the groups of the network interface and its subnet", "sh", _AZURE, "nsg.json"
        ),
        Export("aws-sg", "cloud", "AWS: the groups attached to the server", "sh", _AWS, "security-groups.json"),
    )


def iis(site: str, paths: tuple[str, ...]) -> str:
    """`appcmd list config` for every path, with IIS's own inheritance applied."""
    quoted = ",".join("'" + f"{site}{path}".rstrip("/").replace("'", "''") + "'" for path in paths)
    return _IIS.format(paths=quoted)


_AZURE = "az network nic list-effective-nsg --resource-group GROUP --name NETWORK-INTERFACE -o json > nsg.json"
_AWS = "aws ec2 describe-security-groups --group-ids SG-ID [SG-ID ...] --output json > security-groups.json"
