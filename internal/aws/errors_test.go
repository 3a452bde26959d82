package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

// answered is an error as the SDK gives it.
func answered(service, operation string, status int, code, message string) error {
	var inner error
	if code != "" {
		inner = &smithy.GenericAPIError{Code: code, Message: message}
	} else {
		inner = errors.New(message)
	}
	return &smithy.OperationError{ServiceID: service, OperationName: operation, Err: &awshttp.ResponseError{
		RequestID: "req-1",
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
			Err:      inner,
		},
	}}
}

func TestEveryCodeOfTheTableHasItsClass(t *testing.T) {
	const minutes = 5 * time.Minute
	type want struct {
		class    Class
		is       what
		patience time.Duration
	}
	for _, row := range []struct {
		code, operation, message string
		want                     want
	}{
		{"DryRunOperation", "CreateRoute", "", want{class: OK}},
		{"InvalidVpcPeeringConnectionID.NotFound", "AcceptVpcPeeringConnection", "", want{Soon, missing, minutes}},
		{"InvalidVpcPeeringConnectionId.NotFound", "AcceptVpcPeeringConnection", "moto spells it so", want{Soon, missing, minutes}},
		{"InvalidVpcPeeringConnectionID.NotFound", "DescribeVpcPeeringConnections", "", want{Soon, missing, minutes}},
		{"InvalidVpcPeeringConnectionID.NotFound", "DeleteVpcPeeringConnection", "", want{OK, missing, 0}},
		{"InvalidVpcPeeringConnectionID.NotFound", "CreateTags", "", want{Soon, missing, minutes}},
		{"InvalidID", "CreateTags", "The ID 'pcx-1' is not valid", want{Soon, missing, minutes}},
		{"InvalidVpcPeeringConnectionID.NotFound", "CreateRoute", "", want{Soon, missing, minutes}},
		{"InvalidVpcPeeringConnectionID.NotFound", "ModifyVpcPeeringConnectionOptions", "", want{Soon, missing, minutes}},
		{"InvalidStateTransition", "DeleteVpcPeeringConnection", "Invalid state transition for pcx-1, attempted to transition from failed to deleting", want{OK, missing, 0}},
		{"InvalidStateTransition", "DeleteVpcPeeringConnection", "Invalid state transition for pcx-1, attempted to transition from provisioning to deleting", want{Soon, plain, minutes}},
		{"InvalidStateTransition", "AcceptVpcPeeringConnection", "", want{class: OK}},
		{"VpcPeeringConnectionAlreadyExists", "CreateVpcPeeringConnection", "", want{class: OK}},
		{"VpcPeeringConnectionAlreadyExists", "AcceptVpcPeeringConnection", "", want{Soon, plain, minutes}},
		{"OperationNotPermitted", "AcceptVpcPeeringConnection", "Incorrect region (us-east-1) specified for this request. VPC peering connection pcx-1 must be accepted in region sa-east-1", want{class: Terminal}},
		{"OperationNotPermitted", "AcceptVpcPeeringConnection", "User (123) cannot accept peering pcx-1", want{class: Terminal}},
		{"OperationNotPermitted", "ModifyVpcPeeringConnectionOptions", "Peering pcx-1 is not active. Peering options can be added only to active peerings.", want{Soon, plain, minutes}},
		{"OperationNotPermitted", "ModifyVpcPeeringConnectionOptions", "Modifying ... AllowEgressFromLocalClassicLink... is not supported for cross-region", want{class: Terminal}},
		{"InvalidVpcPeeringConnectionState.DnsHostnamesDisabled", "ModifyVpcPeeringConnectionOptions", "", want{class: User}},
		{"InvalidVpcID.NotFound", "CreateVpcPeeringConnection", "", want{User, missing, 0}},
		{"InvalidVpcID.NotFound", "DeleteVpcPeeringConnection", "", want{OK, missing, 0}},
		{"RouteAlreadyExists", "CreateRoute", "", want{class: OK}},
		{"InvalidRoute.NotFound", "DeleteRoute", "", want{OK, missing, 0}},
		{"InvalidRouteTableID.NotFound", "DeleteRoute", "", want{OK, missing, 0}},
		{"InvalidRouteTableId.NotFound", "DeleteRoute", "", want{OK, missing, 0}},
		{"InvalidRouteTableID.NotFound", "CreateRoute", "", want{Soon, missing, minutes}},
		{"InvalidRoute.NotFound", "ReplaceRoute", "", want{Soon, missing, minutes}},
		{"InvalidParameterValue", "ReplaceRoute", "There is no route defined for '10.12.0.0/16' in the route table. Use CreateRoute instead.", want{Soon, missing, minutes}},
		{"InvalidPrefixListID.NotFound", "GetManagedPrefixListEntries", "", want{User, missing, 0}},
		{"InvalidParameterValue", "CreateRoute", "Route target is not supported. This route only supports interface and instance targets.", want{class: Terminal}},
		{"InvalidParameterValue", "CreateRoute", "route table rtb-1 and network gateway pcx-1 belong to different networks", want{class: Terminal}},
		{"RouteNotSupported", "CreateRoute", "", want{class: Terminal}},
		{"InvalidParameterException", "CreateRoute", "", want{Soon, plain, minutes}},
		{"InvalidParameterException", "DeleteRoute", "", want{Soon, plain, minutes}},
		{"InvalidPermission.Duplicate", "AuthorizeSecurityGroupIngress", "", want{class: OK}},
		{"InvalidParameterValue", "AuthorizeSecurityGroupIngress", "The same permission must not appear multiple times", want{class: Terminal}},
		{"InvalidPermission.NotFound", "RevokeSecurityGroupIngress", "", want{OK, missing, 0}},
		{"InvalidSecurityGroupRuleId.NotFound", "RevokeSecurityGroupIngress", "", want{OK, missing, 0}},
		{"InvalidGroup.NotFound", "RevokeSecurityGroupIngress", "", want{OK, missing, 0}},
		{"InvalidSecurityGroupID.NotFound", "RevokeSecurityGroupIngress", "", want{OK, missing, 0}},
		{"InvalidGroup.NotFound", "AuthorizeSecurityGroupIngress", "", want{Soon, missing, time.Minute}},
		{"InvalidSecurityGroupID.NotFound", "AuthorizeSecurityGroupIngress", "", want{Soon, missing, time.Minute}},
		{"ActiveVpcPeeringConnectionPerVpcLimitExceeded", "AcceptVpcPeeringConnection", "", want{User, quota, 0}},
		{"VpcPeeringConnectionsPerVpcLimitExceeded", "CreateVpcPeeringConnection", "", want{User, quota, 0}},
		{"OutstandingVpcPeeringConnectionLimitExceeded", "CreateVpcPeeringConnection", "", want{User, quota, 0}},
		{"PendingVpcPeeringConnectionLimitExceeded", "CreateVpcPeeringConnection", "", want{User, quota, 0}},
		{"RouteLimitExceeded", "CreateRoute", "", want{User, quota, 0}},
		{"RulesPerSecurityGroupLimitExceeded", "AuthorizeSecurityGroupIngress", "", want{User, quota, 0}},
		{"TagLimitExceeded", "CreateTags", "", want{User, quota, 0}},
		{"ResourceCountLimitExceeded", "CreateRoute", "", want{User, quota, 0}},
		{"PrefixListMaxEntriesExceeded", "CreateRoute", "", want{User, quota, 0}},
		{"UnauthorizedOperation", "CreateRoute", "", want{User, denied, 0}},
		{"AccessDenied", "AssumeRole", "", want{User, denied, 0}},
		{"AccessDeniedException", "DescribeCluster", "", want{User, denied, 0}},
		{"AuthFailure", "DescribeVpcs", "", want{User, nameless, 0}},
		{"OptInRequired", "DescribeVpcs", "", want{User, nameless, 0}},
		{"RegionDisabledException", "AssumeRole", "STS is not activated in this region for account:123456789012. Your account administrator can activate STS in this region using the IAM Console.", want{User, nameless, 0}},
		{"InvalidClientTokenId", "GetCallerIdentity", "", want{User, nameless, 0}},
		{"UnrecognizedClientException", "DescribeCluster", "", want{User, nameless, 0}},
		{"SignatureDoesNotMatch", "DescribeVpcs", "", want{User, nameless, 0}},
		{"Blocked", "DescribeVpcs", "", want{User, nameless, 0}},
		{"PendingVerification", "DescribeVpcs", "", want{User, nameless, 0}},
		{"AccountDisabled", "DescribeVpcs", "", want{User, nameless, 0}},
		{"TagPolicyViolation", "CreateTags", "", want{User, denied, 0}},
		{"ExpiredToken", "DescribeVpcs", "", want{Retry, expired, 0}},
		{"ExpiredTokenException", "DescribeVpcs", "", want{Retry, expired, 0}},
		{"RequestExpired", "DescribeVpcs", "", want{Retry, expired, 0}},
		{"RequestLimitExceeded", "DescribeVpcs", "", want{Retry, throttled, 0}},
		{"EC2ThrottledException", "DescribeVpcs", "", want{Retry, throttled, 0}},
		{"Throttling", "DescribeAutoScalingGroups", "Rate exceeded", want{Retry, throttled, 0}},
		{"ThrottlingException", "DescribeCluster", "", want{Retry, throttled, 0}},
		{"TooManyRequestsException", "DescribeCluster", "", want{Retry, throttled, 0}},
		{"SlowDown", "DescribeVpcs", "", want{Retry, throttled, 0}},
		{"PriorRequestNotComplete", "DescribeVpcs", "", want{Retry, throttled, 0}},
		{"InternalError", "DescribeVpcs", "", want{class: Retry}},
		{"InternalFailure", "DescribeVpcs", "", want{class: Retry}},
		{"ServerInternal", "DescribeVpcs", "", want{class: Retry}},
		{"ServiceUnavailable", "DescribeVpcs", "", want{class: Retry}},
		{"Unavailable", "DescribeVpcs", "", want{class: Retry}},
		{"RequestTimeout", "DescribeVpcs", "", want{class: Retry}},
		{"RetryableError", "DescribeVpcs", "", want{class: Retry}},
		{"IncorrectState", "CreateRoute", "", want{Soon, plain, minutes}},
		{"InvalidState", "CreateRoute", "", want{Soon, plain, minutes}},
		{"ResourceNotReady", "CreateRoute", "", want{Soon, plain, minutes}},
		{"DependencyViolation", "DeleteVpcPeeringConnection", "", want{Soon, plain, minutes}},
		{"ConcurrentTagAccess", "CreateTags", "", want{Soon, plain, minutes}},
		{"ConcurrentMutationLimitExceeded", "CreateRoute", "", want{Soon, plain, minutes}},
		{"PrefixListVersionMismatch", "CreateRoute", "", want{Soon, plain, minutes}},
		{"InvalidVpcPeeringConnectionID.Malformed", "AcceptVpcPeeringConnection", "", want{class: Terminal}},
		{"InvalidParameter", "CreateRoute", "", want{class: Terminal}},
		{"InvalidParameterValue", "CreateVpcPeeringConnection", "", want{class: Terminal}},
		{"InvalidParameterCombination", "CreateRoute", "", want{class: Terminal}},
		{"MissingParameter", "CreateRoute", "", want{class: Terminal}},
		{"InvalidRegion", "DescribeVpcs", "", want{class: Terminal}},
		{"UnsupportedOperation", "CreateRoute", "", want{class: Terminal}},
		{"UnknownParameter", "CreateRoute", "", want{class: Terminal}},
		{"ValidationError", "TerminateInstanceInAutoScalingGroup", "", want{class: Terminal}},
		{"ValidationError", "TerminateInstanceInAutoScalingGroup", "Instance Id not found - No managed instance found for instance ID: i-1", want{OK, missing, 0}},
		{"FilterLimitExceeded", "DescribeVpcs", "", want{Retry, throttled, 0}},
		{"InvalidPaginationToken", "DescribeVpcs", "", want{class: Retry}},
		{"InvalidNextToken", "DescribeVpcs", "", want{class: Retry}},
		{"InvalidMaxResults", "DescribeVpcs", "", want{class: Retry}},
		{"ResourceNotFoundException", "DescribeCluster", "", want{User, missing, 0}},
		{"SomethingNobodyKnows", "CreateRoute", "", want{Soon, plain, 10 * time.Minute}},
	} {
		t.Run(row.code+" of "+row.operation, func(t *testing.T) {
			failure := Classify(answered("EC2", row.operation, http.StatusBadRequest, row.code, row.message))
			expected := Failure{
				Class: row.want.class, Patience: row.want.patience,
				Service: "EC2", Operation: row.operation, Code: row.code, RequestID: "req-1",
				Denied: row.want.is == denied || row.want.is == nameless, Nameless: row.want.is == nameless, Quota: row.want.is == quota, NotFound: row.want.is == missing,
				Throttled: row.want.is == throttled, Expired: row.want.is == expired,
				Message: failure.Message,
			}
			if diff := cmp.Diff(expected, failure); diff != "" {
				t.Errorf("failure (-want +got):\n%s", diff)
			}
			if _, advice, _ := strings.Cut(failure.Message, row.code); failure.Class != OK && !advised.MatchString(advice) {
				t.Errorf("message says not what to do: %q", failure.Message)
			}
		})
	}
}

// advised is what follows a code: a sentence of what to do, or of what crossvpc does.
var advised = regexp.MustCompile(`^\)?\. ([A-Z]|crossvpc).*\.$`)

func TestErrorsWithoutAnAnswerAreTriedAgain(t *testing.T) {
	reset := &net.OpError{Op: "read", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 41234}, Err: syscall.ECONNRESET}
	call := func(err error) error {
		return &smithy.OperationError{ServiceID: "EC2", OperationName: "CreateRoute", Err: err}
	}
	for name, row := range map[string]struct {
		err  error
		want Failure
	}{
		"a reset connection, without its port": {
			err:  call(&smithyhttp.RequestSendError{Err: reset}),
			want: Failure{Class: Retry, Message: "ec2:CreateRoute: connection reset by peer. crossvpc tries again."},
		},
		"an unknown host": {
			err:  call(&net.DNSError{Name: "ec2.nowhere-1.amazonaws.com", Err: "no such host"}),
			want: Failure{Class: Retry, Message: "ec2:CreateRoute: no such host: ec2.nowhere-1.amazonaws.com. crossvpc tries again."},
		},
		"no answer in time": {
			err:  call(&smithy.CanceledError{Err: context.DeadlineExceeded}),
			want: Failure{Class: Retry, Message: "ec2:CreateRoute: no answer within 15s. crossvpc tries again."},
		},
		"an interrupted call": {
			err:  call(&smithy.CanceledError{Err: context.Canceled}),
			want: Failure{Class: Retry, Message: "ec2:CreateRoute: interrupted. crossvpc tries again."},
		},
		"an HTML page": {
			err:  answered("EC2", "CreateRoute", http.StatusInternalServerError, "", "XML syntax error on line 5"),
			want: Failure{Class: Retry, RequestID: "req-1", Message: "ec2:CreateRoute: HTTP 500 without an answer that can be read. crossvpc tries again."},
		},
		"an unknown code with status 503": {
			err:  answered("EC2", "CreateRoute", http.StatusServiceUnavailable, "Odd", "no idea"),
			want: Failure{Class: Retry, Code: "Odd", RequestID: "req-1", Message: "ec2:CreateRoute: no idea (Odd). crossvpc tries again."},
		},
		"an operator without credentials": {
			err:  call(&CredentialsError{Err: errNoProvider}),
			want: Failure{Class: User, Denied: true, Message: "ec2:CreateRoute: no credentials are configured. Give the operator AWS credentials (IRSA, EKS Pod Identity or the environment)."},
		},
		"STS out of reach": {
			err:  call(&CredentialsError{Err: reset}),
			want: Failure{Class: Retry, Message: "ec2:CreateRoute: connection reset by peer. crossvpc tries again."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			row.want.Service, row.want.Operation = "EC2", "CreateRoute"
			if diff := cmp.Diff(row.want, Classify(fmt.Errorf("trying to route: %w", row.err))); diff != "" {
				t.Errorf("failure (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMessagesAreStableAndSayWhatToDo(t *testing.T) {
	said := "You are not authorized to perform this operation. Encoded authorization failure message: Zk9fW1xYmFzZTY0"
	for _, said := range []string{said, strings.ReplaceAll(said, "Zk9", "abc"), "You are not authorized to perform this operation. (Request ID: 0f1e2d3c-0000-4444-8888-123456789abc)"} {
		got := Classify(answered("EC2", "CreateRoute", 403, "UnauthorizedOperation", said)).Message
		want := "ec2:CreateRoute: You are not authorized to perform this operation (UnauthorizedOperation). Allow ec2:CreateRoute to the identity, in IAM and in the organization's policies."
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("message (-want +got):\n%s", diff)
		}
	}
}

func TestARefusedRoleIsToldAsAssumeRole(t *testing.T) {
	refused := answered("STS", "AssumeRole", 403, "AccessDenied", "User x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role/peer")
	err := &smithy.OperationError{ServiceID: "EC2", OperationName: "DescribeVpcs", Err: &CredentialsError{Identity: Identity{RoleARN: "arn:aws:iam::222222222222:role/peer"}, Err: refused}}
	failure := Classify(err)
	if failure.Action() != "sts:AssumeRole" || !failure.Denied || !strings.Contains(failure.Message, "trust policy") {
		t.Errorf("failure: %+v", failure)
	}
}

func TestJoinedErrorsAreJudgedOneByOne(t *testing.T) {
	err := fmt.Errorf("reading vpc-1: %w", errors.Join(
		answered("EC2", "DescribeVpcs", 503, "Unavailable", ""),
		answered("EC2", "DescribeRouteTables", 403, "UnauthorizedOperation", ""),
	))
	var actions []string
	for _, failure := range Failures(err) {
		actions = append(actions, failure.Action())
	}
	if diff := cmp.Diff([]string{"ec2:DescribeVpcs", "ec2:DescribeRouteTables"}, actions); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
	if class := Classify(err).Class; class != User {
		t.Errorf("the gravest is %s", class)
	}
	if class := Classify(nil).Class; class != OK {
		t.Errorf("no error is %s", class)
	}
}

func TestTheAdviceIsAboutTheActionThatAWSNames(t *testing.T) {
	const who = "You are not authorized to perform this operation. User: arn:aws:sts::111111111111:assumed-role/crossvpc/x is not authorized to perform: "
	for name, test := range map[string]struct {
		service, operation, code, said string
		want, wantNot                  string
	}{
		"an SCP that wants tags on the connection": {"EC2", "CreateVpcPeeringConnection", "UnauthorizedOperation",
			who + "ec2:CreateTags on resource: arn:aws:ec2:eu-west-1:111111111111:vpc-peering-connection/* with an explicit deny in a service control policy. Encoded authorization failure message: abc",
			"Allow ec2:CreateTags to the identity, in IAM and in the organization's policies. If the service control policy demands tags, set them in spec.tags.", "Allow ec2:CreateVpcPeeringConnection"},
		"an SCP on the request itself": {"EC2", "CreateVpcPeeringConnection", "UnauthorizedOperation",
			who + "ec2:CreateVpcPeeringConnection on resource: arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-1 with an explicit deny in a service control policy", "set them in spec.tags", ""},
		"tags of a rule, by an identity policy": {"EC2", "AuthorizeSecurityGroupIngress", "UnauthorizedOperation",
			who + "ec2:CreateTags on resource: arn:aws:ec2:eu-west-1:111111111111:security-group-rule/* because no identity-based policy allows the ec2:CreateTags action",
			"Allow ec2:CreateTags to the identity", "spec.tags"},
		"an SCP on what has no tags": {"EC2", "CreateRoute", "UnauthorizedOperation",
			who + "ec2:CreateRoute on resource: arn:aws:ec2:eu-west-1:111111111111:route-table/rtb-1 with an explicit deny in a service control policy", "Allow ec2:CreateRoute to the identity", "spec.tags"},
		"a session with tags": {"STS", "AssumeRole", "AccessDenied",
			"User: arn:aws:sts::999999999999:assumed-role/operator/x is not authorized to perform: sts:TagSession on resource: arn:aws:iam::111111111111:role/crossvpc", "allow the operator sts:TagSession on it", ""},
		"another service": {"EKS", "DescribeCluster", "AccessDeniedException",
			"User: arn:aws:sts::111111111111:assumed-role/crossvpc/x is not authorized to perform: eks:DescribeCluster on resource: arn:aws:eks:eu-west-1:111111111111:cluster/prod", "Allow eks:DescribeCluster to the identity", ""},
		"AWS names none": {"EC2", "CreateRoute", "UnauthorizedOperation", "You are not authorized to perform this operation.", "Allow ec2:CreateRoute to the identity", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := Classify(answered(test.service, test.operation, 403, test.code, test.said)).Message
			if !strings.Contains(got, test.want) || test.wantNot != "" && strings.Contains(got, test.wantNot) {
				t.Errorf("it says %q, want %q and not %q", got, test.want, test.wantNot)
			}
		})
	}
}
