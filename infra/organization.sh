#!/usr/bin/env bash
# What make does around an organisation with the AWS CLI. Each of these is one word, and what it takes:
#   alone                                     end where the stack of this account is the centre of an organisation
#   check ORG                                 end, with the command that is missing, where StackSets cannot be made; else print parameters for the deployment
#   deploy FOLDER ORG BUS AUDITOR REMEDIATOR  put the members' templates into this account, which StackSets leave out
#   destroy FOLDER BUS                        take them away again
set -euo pipefail

readonly principal=member.org.stacksets.cloudformation.amazonaws.com

say() { echo "pipewarden: $*" >&2; }

die() {
  say "$@"
  exit 1
}

alone() {
  command -v aws >/dev/null || return 0
  local bus
  bus=$(aws cloudformation describe-stacks --stack-name pipewarden --query "Stacks[0].Outputs[?OutputKey=='BusArn'].OutputValue" --output text 2>/dev/null) || return 0
  case $bus in
  "" | None) ;;
  *) die "the stack pipewarden of this account is the centre of an organisation. Deployed as one that stands alone, it would take the roles and rules" \
    "out of every member. Deploy it with make deploy-org ORG=... OUS=... REGIONS=...; or, to leave the organisation on purpose: make deploy ALONE=yes" ;;
  esac
}

check() {
  local org=$1 account found id management as=DELEGATED_ADMIN delegated status
  if ! command -v aws >/dev/null; then
    say "the AWS CLI is not on the PATH, so nothing could be checked. The deployment ends in an error unless, with the management account's credentials," \
      "somebody has run: aws cloudformation activate-organizations-access; and: aws organizations register-delegated-administrator" \
      "--service-principal $principal --account-id ACCOUNT, with the number of this account. In the management account itself: CALL_AS=SELF"
    echo "--parameters CallAs=${CALL_AS:-$as}"
    return
  fi
  account=$(aws sts get-caller-identity --query Account --output text) ||
    die "AWS does not know your credentials (see above). Sign in, or set AWS_PROFILE, and try again."
  found=$(aws organizations describe-organization --query 'Organization.[Id,MasterAccountId]' --output text) ||
    die "account $account cannot look at its organisation (see above). It must be in one, and your role must be allowed organizations:DescribeOrganization."
  read -r id management <<<"$found"
  [ "$id" = "$org" ] || die "account $account is in the organisation $id, and ORG says $org. Use credentials of the other organisation, or ORG=$id"
  if [ "$account" = "$management" ]; then
    as=SELF
  else
    delegated=$(aws organizations list-delegated-services-for-account --account-id "$account" \
      --query "DelegatedServices[?ServicePrincipal=='$principal'].ServicePrincipal" --output text 2>/dev/null) || delegated=
    [ "$delegated" = "$principal" ] ||
      die "account $account may not make StackSets for the organisation. With the credentials of the management account ($management):" \
        "aws organizations register-delegated-administrator --service-principal $principal --account-id $account"
  fi
  status=$(aws cloudformation describe-organizations-access --call-as "$as" --query Status --output text) ||
    die "it cannot be told whether StackSets may reach the organisation's accounts (see above)."
  [ "$status" = ENABLED ] ||
    die "StackSets may not reach the organisation's accounts: trusted access is $status. With the credentials of the management account ($management):" \
      "aws cloudformation activate-organizations-access"
  echo "--parameters CallAs=$as --parameters ManagementAccount=$management"
}

# bus takes an ARN apart: arn:PARTITION:events:REGION:ACCOUNT:event-bus/NAME
bus() {
  local service name
  IFS=: read -r _ _ service home central name <<<"$1"
  [ "$service" = events ] && [[ $name == event-bus/* ]] || die "BUS is '$1', no event bus's ARN. It is an output of the central stack: BusArn"
}

need() {
  command -v aws >/dev/null || die "the AWS CLI is needed for the management account: install it, or use CloudShell, and try again."
}

put() {
  local region=$1 name=$2 folder=$3
  shift 3
  say "deploying $name in $region ..."
  aws cloudformation deploy --region "$region" --stack-name "$name" --template-file "$folder/$name.template.json" --capabilities CAPABILITY_NAMED_IAM \
    --no-fail-on-empty-changeset --tags app=pipewarden --parameter-overrides "$@" >&2
  aws cloudformation update-termination-protection --region "$region" --stack-name "$name" --enable-termination-protection >/dev/null
}

# The roles come before the rules, as in the members.
deploy() {
  local folder=$1 org=$2 auditor=$4 remediator=$5 home central region
  need
  bus "$3"
  put "$home" pipewarden-roles "$folder" "OrganizationId=$org" "AuditorRoleArn=$auditor" "RemediatorRoleArn=$remediator"
  while read -r region; do
    put "$region" pipewarden-rules "$folder" "BusArn=$3" "CentralAccount=$central" "CentralRegion=$home"
  done <"$folder/regions"
}

take() {
  local region=$1 name=$2
  aws cloudformation describe-stacks --region "$region" --stack-name "$name" >/dev/null 2>&1 || return 0
  say "removing $name from $region ..."
  aws cloudformation update-termination-protection --region "$region" --stack-name "$name" --no-enable-termination-protection >/dev/null
  aws cloudformation delete-stack --region "$region" --stack-name "$name"
  aws cloudformation wait stack-delete-complete --region "$region" --stack-name "$name"
}

# The rules go before the roles.
destroy() {
  local folder=$1 home central region
  need
  bus "$2"
  while read -r region; do
    take "$region" pipewarden-rules
  done <"$folder/regions"
  take "$home" pipewarden-roles
}

case ${1:-} in
alone | check | deploy | destroy) "$@" ;;
*) die "usage: $0 alone | check ORG | deploy FOLDER ORG BUS AUDITOR REMEDIATOR | destroy FOLDER BUS" ;;
esac
