#!/usr/bin/env bash
# The manual runbook: what a careful colleague looks at with getent, openssl and curl before an on-premise HaloPSA is
# connected to the integrator, one thing after the other. One line each, PASS or FAIL; exit code 0 only when all held.
#
# The client secret is read from a file and goes through pipes: it and the token stand on no command line, in no
# environment and in no file. Neither leaves before the certificate was seen to hold, and curl verifies it each time.
set -uo pipefail
export LC_ALL=C

usage() {
  cat <<'END'
runbook.sh --resource-server URL --auth-server URL --client-id ID --client-secret-file FILE --latest-stable VERSION
           [--cacert FILE] [--resolve HOST:PORT:ADDRESS]
END
}

resource='' auth='' client_id='' secret_file='' latest='' cacert='' resolve=''
while (($# > 1)); do
  case $1 in
    --resource-server) resource=${2%/} ;;
    --auth-server) auth=$2 ;;
    --client-id) client_id=$2 ;;
    --client-secret-file) secret_file=$2 ;;
    --latest-stable) latest=$2 ;;
    --cacert) cacert=$2 ;;
    --resolve) resolve=$2 ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift 2
done
if (($# > 0)) || [[ -z $resource || -z $auth || -z $client_id || -z $latest || ! -r $secret_file ]]; then
  usage >&2
  exit 2
fi

readonly scopes='read:customers read:contracts edit:contracts read:items edit:items read:invoices edit:invoices'
readonly patience=20
failed=0
umask 077
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

pass() { printf 'PASS  %s\n' "$*"; }
fail() { printf 'FAIL  %s\n' "$*" && failed=1; }

# judge SENTENCE COMMAND...: the sentence, and whether the command says that it is so
judge() {
  if "${@:2}"; then pass "$1"; else fail "$1"; fi
}

finish() {
  ((failed)) && echo 'NOT READY' && exit 1
  echo 'READY' && exit 0
}

### The URLs

[[ $resource =~ ^https://([^/:?#@]+)(:([0-9]+))?(/[^?#]*)?$ ]] || { fail "$resource is an https URL" && finish; }
host=${BASH_REMATCH[1]} port=${BASH_REMATCH[3]:-443}
pass "$resource is an https URL"
judge "$auth is an https URL that ends with a slash" test -z "${auth##https://*/}"

### The name

public() {
  local address
  for address in $1; do
    [[ $address =~ ^(10\.|127\.|192\.168\.|169\.254\.|172\.(1[6-9]|2[0-9]|3[01])\.|f[cd]|fe80:|::1$) ]] && return 1
  done
  return 0
}

connect=$host:$port
if [[ -n $resolve ]]; then
  connect=${resolve#"$host:$port:"}:$port
else
  addresses=$(getent ahosts "$host" | awk '{print $1}' | sort -u)
  judge "$host resolves (${addresses//$'\n'/, })" test -n "$addresses"
  judge "$host resolves to public addresses only" public "$addresses"
fi

### The certificate

trust=()
[[ -n $cacert ]] && trust=(-CAfile "$cacert")
timeout "$patience" openssl s_client -connect "$connect" -servername "$host" -showcerts -verify_return_error \
  -verify_hostname "$host" ${trust[@]+"${trust[@]}"} </dev/null >"$work/seen" 2>&1
accepted=$?
seen=$(<"$work/seen")
reason=$(sed -n 's/^verify error:num=[0-9]*:\|^ *Verify return code: [0-9]* //p' "$work/seen" | head -n 1)
judge "TLS 1.2 or newer is spoken at $connect" grep -q '^New, TLSv1\.[23], ' "$work/seen"
judge "openssl accepts the chain, the name and the dates (${reason:-no answer})" test "$accepted" = 0

awk -v to="$work" '/BEGIN CERT/ {n++} /BEGIN CERT/,/END CERT/ {print > (to "/" (n == 1 ? "leaf" : "rest-" n) ".pem")}' \
  "$work/seen"
[[ -s $work/leaf.pem ]] || { fail 'a certificate is sent' && finish; }
rest=("$work"/rest-*.pem)
[[ -e ${rest[0]} ]] || rest=()
untrusted=()
if ((${#rest[@]})); then
  cat "${rest[@]}" >"$work/untrusted.pem"
  untrusted=(-untrusted "$work/untrusted.pem")
fi
openssl verify -no_check_time ${trust[@]+"${trust[@]}"} ${untrusted[@]+"${untrusted[@]}"} "$work/leaf.pem" >"$work/verified" 2>&1
judge "every certificate up to a trusted root is sent ($((1 + ${#rest[@]})) sent)" test "$?" = 0

issuer=''
for file in "$work/leaf.pem" ${rest[@]+"${rest[@]}"}; do
  told=$(openssl x509 -in "$file" -noout -subject -issuer -enddate -checkend 0 2>&1)
  in_date=$?
  subject=$(sed -n 's/^subject=//p' <<<"$told")
  judge "$subject is in date ($(sed -n 's/^notAfter=//p' <<<"$told"))" test "$in_date" = 0
  [[ -z $issuer ]] || judge "$subject issued the certificate before it" test "$subject" = "$issuer"
  issuer=$(sed -n 's/^issuer=//p' <<<"$told")
done

leaf=$(openssl x509 -in "$work/leaf.pem" -noout -text -purpose -checkhost "$host" 2>&1)
says() { [[ $1 =~ $2 ]]; }
strong() { # by the baseline requirements of public authorities (CA/Browser Forum, 6.1.5 and 7.1.3.2)
  local bits=0
  [[ $leaf =~ 'Public-Key: ('([0-9]+)' bit)' ]] && bits=${BASH_REMATCH[1]}
  [[ $leaf == *id-ecPublicKey* ]] && ((bits *= 8)) # 256 bits of an elliptic curve are as good as 2048 of RSA here
  ((bits >= 2048)) && ! [[ $leaf =~ 'Signature Algorithm: '[a-z-]*(sha1|md5) ]]
}
judge "the certificate is for $host" says "$leaf" 'does match certificate'
judge 'the certificate is meant for servers' says "$leaf" 'SSL server : Yes'
judge 'its key and signature are strong' strong
((failed)) && finish # a secret is sent over a channel that holds, or not at all

### The API, without credentials

curl=(curl --silent --show-error --max-time "$patience" --noproxy '*' --proto '=https' --user-agent halo-runbook
  --write-out '\n%{http_code}')
[[ -n $cacert ]] && curl+=(--cacert "$cacert")
[[ -n $resolve ]] && curl+=(--resolve "$resolve")

# ask CURL_ARGUMENTS...: sets body and status; standard input is curl's, for what must not be seen
ask() {
  local answer
  answer=$("${curl[@]}" "$@" 2>"$work/trouble")
  status=${answer##*$'\n'} body=${answer%$'\n'*}
  [[ $status == 000 ]] && status=$(<"$work/trouble")
}

# field NAME: the text of a JSON field of the last answer
field() {
  [[ $body =~ \"$1\"[[:space:]]*:[[:space:]]*\"([^\"]*)\" ]] && printf '%s' "${BASH_REMATCH[1]}"
}

ask --dump-header "$work/headers" "$resource/InstanceInfo" </dev/null
judge "$resource/InstanceInfo answers (${status})" test "$status" = 200
version=$(field app_version) line=$(cut -d. -f1,2 <<<"$version")
judge "the version is the latest stable (${version:-not told})" test "$line" = "$(cut -d. -f1,2 <<<"$latest")"
judge 'application and database version agree' test "$(field database_version)" = "${line/./}"
its_clock=$(date -d "$(sed -n 's/\r$//; s/^[Dd]ate: //p' "$work/headers")" +%s 2>/dev/null || echo 0)
ahead=$((its_clock - EPOCHSECONDS))
judge 'the clocks agree within 60 s' test "${ahead#-}" -le 60

ask "$resource/AuthInfo" </dev/null
advertised=$(field auth_url)
judge "AuthInfo names the same authorization server ($status, ${advertised:-none})" test "${advertised%/}/" = "$auth"

### The token

# ask_token CLIENT_ID SCOPE: with the secret from standard input
ask_token() {
  ask --data-urlencode grant_type=client_credentials --data-urlencode "client_id=$1" \
    --data-urlencode client_secret@- --data-urlencode "scope=$2" "${auth}token"
}

ask_token 00000000-0000-4000-8000-000000000000 "$scopes" <<<'no secret'
judge "a client that does not exist is refused as OAuth has it ($status, $(field error))" \
  test "$status $(field error)" = '401 invalid_client'
ask_token "$client_id" all < <(tr -d '\r\n' <"$secret_file")
judge "the permission all is refused ($status, $(field error))" says "$status" '^40[013]$'
ask_token "$client_id" "$scopes" < <(tr -d '\r\n' <"$secret_file")
token=$(field access_token)
judge "a token is granted ($status, $(field error))" test -n "$token"
[[ -n $token ]] || finish
granted=" $(field scope || echo "$scopes") " # RFC 6749, 5.1: what is not told is as it was asked for
for scope in $scopes; do
  judge "$scope is granted" says "$granted" " $scope "
done

### What the agent may read

read_with_token() {
  ask --header @- "$resource/$1" < <(printf 'Authorization: Bearer %s\n' "$token")
  judge "$resource/$1 may be read (${status})" test "$status" = 200
}

read_with_token Agent/me
read_with_token 'Client?pageinate=true&page_size=1&page_no=1'
read_with_token 'ClientContract?pageinate=true&page_size=1&page_no=1'
judge 'there is at least one contract' says "$body" '"record_count"[[:space:]]*:[[:space:]]*[1-9]'
read_with_token 'Item?pageinate=true&page_size=1&page_no=1'
read_with_token 'Invoice?pageinate=true&page_size=1&page_no=1'
finish
