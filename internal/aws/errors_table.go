package aws

import (
	"path"
	"slices"
	"strings"
	"time"
)

// what is the sort of an error, beyond its class.
type what int

const (
	plain what = iota
	denied
	// nameless is denied, and AWS says neither of whom nor where: it does not take credentials of an account in which
	// the region is not enabled, for one.
	nameless
	quota
	missing
	throttled
	expired
)

// row says what some codes mean. The first row that fits is taken.
type row struct {
	// codes, in lower case; * stands for any text.
	codes []string
	// on are the operations it is about; none: any.
	on []string
	// hint must be in AWS's message, which is no contract: only where one code
	// means two things. In lower case; | separates alternatives.
	hint     string
	class    Class
	is       what
	patience time.Duration
	advice   string
}

// tryAgain is all there is to say where nobody has to do anything.
const tryAgain = "crossvpc tries again."

var (
	connectionGone = []string{"invalidvpcpeeringconnectionid.notfound"}
	groupGone      = []string{"invalidgroup.notfound", "invalidgroupid.notfound", "invalidsecuritygroupid.notfound"}
	routeGone      = []string{"invalidroute.notfound", "invalidroutetableid.notfound"}
	authorizing    = []string{"AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"}
	revoking       = []string{"RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress"}
)

// table is what EC2, STS, EKS and Auto Scaling error codes mean to crossvpc.
// Sources: EC2 developer guide, "Error codes for the Amazon EC2 API"; the
// behaviour of terraform-provider-aws where a row says so.
var table = slices.Concat(
	connectionRows, routeRows, groupRows, limitRows, accessRows, momentRows, mistakeRows,
)

var connectionRows = []row{
	{codes: []string{"dryrunoperation"}, class: OK},
	{codes: connectionGone, on: []string{"DeleteVpcPeeringConnection"}, class: OK, is: missing},
	{codes: append([]string{"invalidid"}, connectionGone...), on: []string{"CreateTags"}, class: Soon, is: missing, patience: propagation, advice: "It becomes visible on this side in a moment."},
	{codes: connectionGone, class: Soon, is: missing, patience: propagation, advice: "It becomes visible here in a moment. If not, check region, account and role of this side."},
	{codes: []string{"invalidstatetransition"}, on: []string{"DeleteVpcPeeringConnection"}, hint: "from deleted|from deleting|from failed|from rejected|from expired", class: OK, is: missing},
	{codes: []string{"invalidstatetransition"}, on: []string{"DeleteVpcPeeringConnection"}, class: Soon, patience: propagation, advice: "crossvpc tries again when the connection has settled."},
	{codes: []string{"invalidstatetransition"}, on: []string{"AcceptVpcPeeringConnection"}, class: OK},
	{codes: []string{"vpcpeeringconnectionalreadyexists"}, on: []string{"CreateVpcPeeringConnection"}, class: OK},
	// The request was made against the orientation of a live connection
	// (terraform-provider-aws#44315); the id in the message is the request's own.
	{codes: []string{"vpcpeeringconnectionalreadyexists"}, class: Soon, patience: propagation, advice: "The VPCs are peered already, and crossvpc withdraws its own request."},
	{codes: []string{"operationnotpermitted"}, on: []string{"AcceptVpcPeeringConnection"}, class: Terminal, advice: "Check that the accepter's identity and region are those of its VPC."},
	{codes: []string{"operationnotpermitted"}, on: []string{"ModifyVpcPeeringConnectionOptions"}, hint: "not active", class: Soon, patience: propagation, advice: "crossvpc tries again when the connection is active."},
	{codes: []string{"operationnotpermitted"}, class: Terminal, advice: "Check identity and region of this side."},
	{codes: []string{"invalidvpcpeeringconnectionstate.dnshostnamesdisabled"}, class: User, advice: "Enable DNS support and DNS hostnames on the VPC, or set dnsResolution to Disabled."},
	{codes: []string{"invalidvpcid.notfound"}, on: slices.Concat(revoking, []string{"DeleteVpcPeeringConnection", "DeleteRoute"}), class: OK, is: missing},
	{codes: []string{"invalidvpcid.notfound"}, class: User, is: missing, advice: "Check that the VPC exists in this region and account."},
}

var routeRows = []row{
	{codes: []string{"routealreadyexists"}, on: []string{"CreateRoute"}, class: OK},
	{codes: routeGone, on: []string{"DeleteRoute"}, class: OK, is: missing},
	{codes: []string{"invalidroutetableid.notfound"}, class: Soon, is: missing, patience: propagation, advice: "The route table is gone, and crossvpc selects tables again."},
	{codes: []string{"invalidroute.notfound"}, class: Soon, is: missing, patience: propagation, advice: "The route is gone, and crossvpc recreates it."},
	// A route that went between the read and the call; AWS then advises to use CreateRoute.
	{codes: []string{"invalidparametervalue"}, on: []string{"ReplaceRoute"}, hint: "use createroute", class: Soon, is: missing, patience: propagation, advice: "crossvpc reads again."},
	{codes: []string{"invalidparametervalue"}, on: []string{"CreateRoute", "ReplaceRoute"}, hint: "route target is not supported|belong to different networks", class: Terminal, advice: "Take this route table out of the peering: it belongs to a gateway or to another VPC, or the block is the VPC's own."},
	{codes: []string{"routenotsupported"}, class: Terminal, advice: "Take this route table out of the peering: it accepts no peering routes."},
	{codes: []string{"invalidprefixlistid.notfound"}, class: User, is: missing, advice: "The prefix list is gone, or no longer shared with this account."},
	// Terraform retries this one for 5 minutes.
	{codes: []string{"invalidparameterexception"}, on: []string{"CreateRoute", "ReplaceRoute", "DeleteRoute"}, class: Soon, patience: propagation, advice: tryAgain},
}

var groupRows = []row{
	{codes: []string{"invalidpermission.duplicate"}, on: authorizing, class: OK},
	{codes: []string{"invalidparametervalue"}, on: authorizing, hint: "same permission must not appear", class: Terminal, advice: "Name each port range once."},
	{codes: []string{"invalidpermission.notfound", "invalidsecuritygroupruleid.notfound"}, on: revoking, class: OK, is: missing},
	{codes: groupGone, on: revoking, class: OK, is: missing},
	{codes: groupGone, class: Soon, is: missing, patience: groupPropagation, advice: "The security group is gone. Select another one."},
}

var limitRows = []row{
	{codes: []string{"concurrentmutationlimitexceeded"}, class: Soon, patience: propagation, advice: tryAgain},
	{codes: []string{"requestlimitexceeded", "bandwidthlimitexceeded", "filterlimitexceeded"}, class: Retry, is: throttled, advice: "crossvpc slows down and tries again."},
	{codes: []string{"*limitexceeded", "*limitexceededexception", "prefixlistmaxentriesexceeded"}, class: User, is: quota, advice: "Raise this quota in Service Quotas, or free some of it."},
}

var accessRows = []row{
	{codes: []string{"expiredtoken", "expiredtokenexception", "requestexpired"}, class: Retry, is: expired, advice: "crossvpc fetches new credentials. If this stays, check the clock."},
	{codes: []string{"accessdenied", "accessdeniedexception"}, on: []string{"AssumeRole", "AssumeRoleWithWebIdentity"}, class: User, is: denied, advice: "Let the role's trust policy admit the operator with the external id in the AWSIdentity's status, and allow the operator {action} on it."},
	{codes: []string{"invalidclienttokenid", "invalididentitytoken", "unrecognizedclientexception", "signaturedoesnotmatch", "authfailure", "invalidaccesskeyid", "incompletesignature", "missingauthenticationtoken"}, class: User, is: nameless, advice: "AWS does not accept these credentials. Check them, and that the region is enabled in the account."},
	// STS is called in the operator's own region, not in that of the VPC; the message names the account.
	{codes: []string{"regiondisabledexception"}, class: User, is: nameless, advice: "Enable the operator's AWS_REGION, where it calls STS, in the role's account, or give the operator another AWS_REGION."},
	{codes: []string{"optinrequired", "blocked", "pendingverification", "accountdisabled"}, class: User, is: nameless, advice: "Enable the account or region first."},
	{codes: []string{"tagpolicyviolation"}, class: User, is: denied, advice: "Set spec.tags as the organization's tag policy asks."},
	{codes: []string{"unauthorizedoperation", "accessdenied", "accessdeniedexception"}, class: User, is: denied, advice: "Allow {action} to the identity, in IAM and in the organization's policies."},
}

var momentRows = []row{
	{codes: []string{"ec2throttledexception", "throttl*", "requestthrottled*", "toomanyrequestsexception", "slowdown", "priorrequestnotcomplete", "resourcecontention"}, class: Retry, is: throttled, advice: "crossvpc slows down and tries again."},
	{codes: []string{"internalerror", "internalfailure", "serverinternal", "serverexception", "serviceunavailable*", "unavailable", "requesttimeout*", "retryableerror", "idpcommunicationerror"}, class: Retry, advice: tryAgain},
	{codes: []string{"incorrectstate", "invalidstate", "invalidstatetransition", "resourcenotready", "dependencyviolation", "concurrenttagaccess", "prefixlistversionmismatch", "scalingactivityinprogress*", "resourceinuse*"}, class: Soon, patience: propagation, advice: "crossvpc tries again when it has settled."},
	{codes: []string{"invalidpaginationtoken", "invalidnexttoken", "invalidmaxresults"}, class: Retry, advice: "crossvpc reads from the start again."},
}

var mistakeRows = []row{
	{codes: []string{"validationerror"}, on: []string{"TerminateInstanceInAutoScalingGroup"}, hint: "not found", class: OK, is: missing},
	{codes: []string{"resourcenotfoundexception"}, class: User, is: missing, advice: "Check name, region and account."},
	{codes: []string{"*.malformed", "invalidparameter", "invalidparametervalue", "invalidparametercombination", "missingparameter", "invalidregion", "unsupportedoperation", "unknownparameter", "validationerror", "validationexception"}, class: Terminal, advice: "AWS does not accept this value. Correct it."},
}

// lookUp finds the row for a code, an operation and a message, or nil.
func lookUp(code, operation, message string) *row {
	code, message = strings.ToLower(code), strings.ToLower(message)
	for i := range table {
		if table[i].fits(code, operation, message) {
			return &table[i]
		}
	}
	return nil
}

func (r *row) fits(code, operation, message string) bool {
	if len(r.on) > 0 && !slices.Contains(r.on, operation) {
		return false
	}
	if r.hint != "" && !slices.ContainsFunc(strings.Split(r.hint, "|"), func(part string) bool { return strings.Contains(message, part) }) {
		return false
	}
	return slices.ContainsFunc(r.codes, func(pattern string) bool {
		matched, err := path.Match(pattern, code)
		return err == nil && matched
	})
}
