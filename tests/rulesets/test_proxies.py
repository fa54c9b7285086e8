"""nginx, Apache and HAProxy: what is not plain is not decided, and the deciding line is named."""

from __future__ import annotations

import pytest

from diagnose.rulesets import Decision, RulesError, recognise

LISTED, OTHER = "3.19.3.152", "3.19.4.238"


def judged(
    text: str, address: str = LISTED, path: str = "/auth/token", port: int = 443, forced: str | None = None
) -> Decision:
    return recognise("proxy.conf", text.encode(), forced).decide(address, port, path, "halo.example.com")


def nginx(location: str = "", server: str = "", http: str = "") -> str:
    return f"""user www-data;
events {{}}
http {{
  include /etc/nginx/mime.types; map $http_upgrade $connection_upgrade {{ default upgrade; '' close; }}
  {http}
  server {{ listen 80 default_server; server_name _; return 301 https://$host$request_uri; }}
  server {{
    listen 443 ssl; listen [::]:443 ssl; server_name halo.example.com;
    ssl_certificate /etc/x.pem; {server}
    location / {{ proxy_pass http://10.0.0.5; {location} }}
  }}
}}
"""


ONLY = f"allow {LISTED}; deny all;"


@pytest.mark.parametrize(
    ("text", "address", "outcome"),
    [
        (nginx(ONLY), LISTED, "allow"),
        (nginx(ONLY), OTHER, "deny"),
        (nginx(server=ONLY), OTHER, "deny"),
        (nginx(http=ONLY), OTHER, "deny"),
        (nginx("allow all;", http=ONLY), OTHER, "allow"),
        (nginx(f"deny {LISTED}; allow all;"), LISTED, "deny"),
        (nginx("deny unix:;"), LISTED, "allow"),
        (nginx("satisfy any; auth_basic x;" + ONLY), LISTED, "allow"),
        (nginx("satisfy any; auth_basic x;" + ONLY), OTHER, "unknown"),
        (nginx("include allowed.conf; deny all;"), LISTED, "unknown"),
        (nginx(ONLY, server="include snippets/ssl.conf;"), OTHER, "unknown"),
        (nginx(ONLY, http="geo $ok { default 0; }"), LISTED, "unknown"),
        (nginx(ONLY, http="map $remote_addr $ok { default 0; }"), LISTED, "unknown"),
        (nginx(ONLY, http="set_real_ip_from 10.0.0.0/8;"), LISTED, "unknown"),
        (nginx("return 403;"), LISTED, "deny"),
        (nginx("if ($remote_addr != 1.2.3.4) { return 403; }"), LISTED, "unknown"),
        (nginx("if ($request_method = TRACE) { return 405; }" + ONLY), LISTED, "allow"),
        (nginx(ONLY, server="rewrite ^/auth/(.*) /x/$1 last;"), LISTED, "unknown"),
        (nginx(ONLY, server="rewrite ^/other/(.*) /x/$1 last;"), LISTED, "allow"),
        (nginx("limit_except GET { deny all; }"), LISTED, "unknown"),
        (nginx("modsecurity on;" + ONLY), LISTED, "unknown"),
        (nginx(server=r"location ~ ^/(auth|api)/ { deny all; }"), LISTED, "deny"),
        (nginx(server=r"location ~ \.php$ { deny all; }"), LISTED, "allow"),
        (nginx(server=r"location ~ ^/(?<app>auth)/ { deny all; }"), LISTED, "unknown"),
        (nginx(server=r"location ^~ /auth/ { allow all; } location ~ ^/(?<app>auth)/ { deny all; }"), LISTED, "allow"),
        (nginx(server="location = /auth/token { deny all; }"), LISTED, "deny"),
        (f"server {{ listen 443; server_name halo.example.com; {ONLY} }}", OTHER, "deny"),
        (f"location /auth {{ {ONLY} }}", OTHER, "deny"),
        (ONLY, OTHER, "deny"),
        ("http { include conf.d/*.conf; }", OTHER, "unknown"),
        ("server { listen 8443; deny all; }", OTHER, "not_concerned"),
        (f"stream {{ server {{ listen 443; {ONLY} }} }}\nhttp {{ server {{ listen 443; }} }}", LISTED, "unknown"),
    ],
)  # fmt: skip
def test_nginx_is_judged_where_it_is_plain(text: str, address: str, outcome: str) -> None:
    """Each configuration comes to what nginx does, or to unknown."""
    assert judged(text, address).outcome == outcome


def test_the_output_of_nginx_t_holds_what_is_included() -> None:
    """Includes are put in place, and the line is that of the file given."""
    dump = f"""# configuration file /etc/nginx/nginx.conf:
http {{ include /etc/nginx/sites-enabled/*; include conf.d/missing*.conf; }}

# configuration file /etc/nginx/sites-enabled/halo:
server {{ listen 443 ssl; server_name halo.example.com;
  include snippets/allowed.conf;
}}

# configuration file /etc/nginx/snippets/allowed.conf:
allow {LISTED};
deny all;
"""
    assert judged(dump).outcome == "allow"
    assert (judged(dump, OTHER).outcome, judged(dump, OTHER).line, judged(dump, OTHER).deny_action) == (
        "deny",
        11,
        "403",
    )


def apache(inside: str = "", main: str = "") -> str:
    return f"""{main}
<VirtualHost *:443>
ServerName halo.example.com
SSLEngine on
ProxyPass / http://10.0.0.5/
{inside}
</VirtualHost>
"""


@pytest.mark.parametrize(
    ("text", "address", "outcome"),
    [
        (apache(), LISTED, "allow"),
        (apache(f"<Location />\nRequire ip {LISTED}\n</Location>"), LISTED, "allow"),
        (apache(f"<Location />\nRequire ip {LISTED}\n</Location>"), OTHER, "deny"),
        (apache(f"<Location /api>\nRequire ip {LISTED}\n</Location>"), OTHER, "allow"),
        (apache("<Location />\nRequire host example.com\n</Location>"), LISTED, "unknown"),
        (apache("<Location />\nRequire ip 3.19\n</Location>"), LISTED, "allow"),
        (apache("<Location />\nRequire valid-user\n</Location>"), LISTED, "unknown"),
        (apache("<Location />\nRequire ip 3.19.3\n</Location>"), OTHER, "deny"),
        (apache(f"<Location />\nInclude x.conf\nRequire ip {LISTED}\n</Location>"), OTHER, "unknown"),
        (apache(f"<Location />\nOrder Deny,Allow\nDeny from all\nAllow from {LISTED}\n</Location>"), LISTED, "allow"),
        (apache(f"<Location />\nOrder Allow,Deny\nDeny from all\nAllow from {LISTED}\n</Location>"), LISTED, "deny"),
        (apache("<Location />\nOrder Deny,Allow\nDeny from all\nSatisfy Any\n</Location>"), LISTED, "unknown"),
        (apache("<Location />\nDeny from all\nAllow from .example.com\n</Location>"), LISTED, "unknown"),
        (apache("<Proxy *>\nRequire all denied\n</Proxy>"), LISTED, "deny"),
        (apache(main="<Directory />\nRequire all denied\n</Directory>"), LISTED, "allow"),
        (apache(main='<Files ".ht*">\nRequire all denied\n</Files>'), LISTED, "allow"),
        (apache("RemoteIPHeader X-Forwarded-For"), LISTED, "unknown"),
        (apache("RewriteCond %{REMOTE_ADDR} !^10\\.\nRewriteRule .* - [F]"), LISTED, "unknown"),
        (apache("RewriteCond %{HTTPS} off\nRewriteRule .* - [F]"), LISTED, "allow"),
        (apache("SecRuleEngine On"), LISTED, "unknown"),
        (apache('<Location />\n<If "-n %{x}">\nRequire all denied\n</If>\n</Location>'), LISTED, "unknown"),
        (apache(f"<Location />\nAuthMerging And\nRequire ip {LISTED}\n</Location>"), LISTED, "unknown"),
        (apache(f"<IfModule ssl_module>\n<Location />\nRequire ip {LISTED}\n</Location>\n</IfModule>"), OTHER, "deny"),
        ("<VirtualHost *:8443>\nServerName x\n</VirtualHost>", LISTED, "not_concerned"),
        (f"Require ip {LISTED}\n", OTHER, "deny"),
    ],
)  # fmt: skip
def test_apache_is_judged_where_it_is_plain(text: str, address: str, outcome: str) -> None:
    """Each configuration comes to what Apache does, or to unknown."""
    assert judged(text, address).outcome == outcome


def haproxy(*lines: str, bind: str = "*:443 ssl crt /etc/x.pem", backend: str = "") -> str:
    rules = "\n".join(f"  {line}" for line in lines)
    return f"""global
  maxconn 100
defaults
  mode http
frontend web
  bind {bind}
{rules}
  default_backend halo
backend halo
  server a 10.0.0.5:443 ssl verify none
  {backend}
"""


ACL = f"acl ok src {LISTED}"


@pytest.mark.parametrize(
    ("text", "address", "outcome"),
    [
        (haproxy(), LISTED, "allow"),
        (haproxy(ACL, "http-request deny if !ok"), LISTED, "allow"),
        (haproxy(ACL, "http-request deny if !ok"), OTHER, "deny"),
        (haproxy(ACL, f"acl ok src {OTHER}", "http-request deny unless ok"), OTHER, "allow"),
        (haproxy(ACL, "tcp-request connection reject if !ok"), OTHER, "deny"),
        (haproxy("acl ok src -f /etc/haproxy/ok.lst", "http-request deny if !ok"), LISTED, "unknown"),
        (haproxy(f"acl ok src {LISTED} -f /etc/haproxy/ok.lst", "http-request deny if !ok"), LISTED, "allow"),
        (haproxy("http-request deny if { path_beg /api }"), LISTED, "allow"),
        (haproxy("http-request deny if { path_beg /auth } { src 3.19.0.0/16 }"), LISTED, "deny"),
        (haproxy("http-request deny if { path_beg /x } || { src 3.19.0.0/16 }"), LISTED, "deny"),
        (haproxy("http-request deny if { hdr(user-agent) -i x }"), LISTED, "unknown"),
        (haproxy("http-request deny if nobody-knows"), LISTED, "unknown"),
        (haproxy(ACL, "http-request allow if ok", "http-request deny"), LISTED, "allow"),
        (haproxy("http-request set-src hdr(x-forwarded-for)", "http-request deny"), LISTED, "unknown"),
        (haproxy("http-request frobnicate"), LISTED, "unknown"),
        (haproxy("http-request return status 403 if { src 3.0.0.0/8 }"), LISTED, "deny"),
        (haproxy(backend="http-request deny"), LISTED, "deny"),
        (haproxy("use_backend other if { path_beg /auth }", backend="http-request deny"), LISTED, "allow"),
        (haproxy(bind="*:443 accept-proxy"), LISTED, "unknown"),
        (haproxy(bind="*:8443"), LISTED, "not_concerned"),
        (haproxy("mode tcp", "http-request deny"), LISTED, "allow"),
    ],
)  # fmt: skip
def test_haproxy_is_judged_where_it_is_plain(text: str, address: str, outcome: str) -> None:
    """Each configuration comes to what HAProxy does, or to unknown."""
    assert judged(text, address).outcome == outcome


@pytest.mark.parametrize(
    ("text", "forced"),
    [("http {", "nginx"), ("}", "nginx"), ("allow 'x", "nginx"), ("server { a; } }", "nginx"), ("x {" * 100, "nginx"),
     ("<Location />", "apache"), ("</Location>", "apache"), ("<Location />\n</Directory>", "apache"), ("<", "apache")],
)  # fmt: skip
def test_a_broken_configuration_is_refused_with_a_sentence(text: str, forced: str) -> None:
    """The tool's own error, and a line where there is one."""
    with pytest.raises(RulesError, match=r"\.$"):
        judged(text, forced=forced)
