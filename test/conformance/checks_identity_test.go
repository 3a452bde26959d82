package conformance

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	assumeRoleSource = "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"
	externalIDSource = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html"
	stsErrorsSource  = "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html"
)

func init() {
	register(
		check{Name: "GetCallerIdentity names the account behind the keys", Source: "https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				out, err := s.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
				t.ok(err)
				same(t, "account", aws.ToString(out.Account), s.account)
				t.holds(strings.Contains(aws.ToString(out.Arn), "::"+s.account+":"), "ARN %q", aws.ToString(out.Arn))
				t.holds(aws.ToString(out.UserId) != "", "no user id")
			}},
		check{Name: "an assumed role acts in the role's account", Source: assumeRoleSource,
			Run: func(t *T, target *Target) {
				s, other := oneSide(t, target), target.newAccount()
				target.declareRole(other, "network", "", s.account)
				keys, err := s.assume(other, "network", "")
				t.ok(err)
				session := sideWith(t, target, other, target.configWithKeys(keys, here))
				out, err := session.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
				t.ok(err)
				same(t, "account", aws.ToString(out.Account), other)
				same(t, "ARN", aws.ToString(out.Arn), "arn:aws:sts::"+other+":assumed-role/network/session")
				got, err := session.describeVPC(session.vpc(ourBlock))
				t.ok(err)
				same(t, "owner of what it makes", aws.ToString(got.OwnerId), other)
			}},
		check{Name: "AssumeRole answers with a session and its expiry in an hour", Source: assumeRoleSource + " (DurationSeconds defaults to 3600)",
			Run: func(t *T, target *Target) {
				s, other := oneSide(t, target), target.newAccount()
				target.declareRole(other, "network", "", s.account)
				out, err := s.sts.AssumeRole(t.Context(), roleInput(other, "network", ""))
				t.ok(err)
				same(t, "ARN", aws.ToString(out.AssumedRoleUser.Arn), "arn:aws:sts::"+other+":assumed-role/network/session")
				t.holds(strings.HasSuffix(aws.ToString(out.AssumedRoleUser.AssumedRoleId), ":session"), "id %q", aws.ToString(out.AssumedRoleUser.AssumedRoleId))
				t.holds(strings.HasPrefix(aws.ToString(out.Credentials.AccessKeyId), "ASIA"), "key %q", aws.ToString(out.Credentials.AccessKeyId))
				t.holds(out.Credentials.Expiration != nil && aws.ToString(out.Credentials.SessionToken) != "", "no expiry or no token")
			}},
		check{Name: "a role that does not exist cannot be assumed", Source: assumeRoleSource + "; text as in aws/karpenter-provider-aws#4680, Netflix/security_monkey#77", Needs: roleRegistry,
			Run: func(t *T, target *Target) {
				s, other := oneSide(t, target), target.newAccount()
				_, err := s.assume(other, "nobody", "")
				t.refusedSaying(err, "AccessDenied", "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::"+other+":role/nobody")
			}},
		check{Name: "a role cannot be assumed by an account that its trust policy does not name", Source: assumeRoleSource, Needs: roleRegistry,
			Run: func(t *T, target *Target) {
				s, other := oneSide(t, target), target.newAccount()
				target.declareRole(other, "network", "", target.newAccount())
				_, err := s.assume(other, "network", "")
				t.refusedWith(err, "AccessDenied")
			}},
		check{Name: "a role with an external id cannot be assumed without it or with another", Source: externalIDSource, Needs: roleRegistry,
			Run: func(t *T, target *Target) {
				s, other := oneSide(t, target), target.newAccount()
				target.declareRole(other, "network", "installation/identity", s.account)
				_, err := s.assume(other, "network", "")
				t.refusedWith(err, "AccessDenied")
				_, err = s.assume(other, "network", "installation/other")
				t.refusedWith(err, "AccessDenied")
				_, err = s.assume(other, "network", "installation/identity")
				t.ok(err)
			}},
		check{Name: "a session's keys stop working when it expires", Source: assumeRoleSource + "; RequestExpired in " + errorsSource + "; ExpiredToken in " + stsErrorsSource, Needs: clock,
			Run: func(t *T, target *Target) {
				s, other := oneSide(t, target), target.newAccount()
				target.declareRole(other, "network", "", s.account)
				keys, err := s.assume(other, "network", "")
				t.ok(err)
				session := sideWith(t, target, other, target.configWithKeys(keys, here))
				target.control.Advance(61 * time.Minute)
				_, err = session.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
				t.refusedWith(err, "RequestExpired")
				_, err = session.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
				t.refusedWith(err, "ExpiredToken")
				_, err = session.eks.ListClusters(t.Context(), &eks.ListClustersInput{})
				t.refusedWith(err, "ExpiredTokenException")
			}},
		check{Name: "a session's keys need their token", Source: "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html", Needs: keyCheck,
			Run: func(t *T, target *Target) {
				s, other := oneSide(t, target), target.newAccount()
				target.declareRole(other, "network", "", s.account)
				keys, err := s.assume(other, "network", "")
				t.ok(err)
				keys.SessionToken = ""
				session := sideWith(t, target, other, target.configWithKeys(keys, here))
				_, err = session.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
				t.refusedWith(err, "AuthFailure")
				_, err = session.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
				t.refusedWith(err, "InvalidClientTokenId")
			}},
		check{Name: "keys that nobody has are InvalidClientTokenId to STS and UnrecognizedClientException to EKS", Source: stsErrorsSource + "; https://docs.aws.amazon.com/eks/latest/APIReference/CommonErrors.html", Needs: keyCheck,
			Run: func(t *T, target *Target) {
				nobody := sideWith(t, target, "", target.configWithKeys(aws.Credentials{AccessKeyID: "AKIANOBODYHASTHISKEY", SecretAccessKey: "x"}, here))
				_, err := nobody.sts.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
				t.refusedWith(err, "InvalidClientTokenId")
				_, err = nobody.eks.ListClusters(t.Context(), &eks.ListClustersInput{})
				t.refusedWith(err, "UnrecognizedClientException")
			}},
		check{Name: "a session cannot last longer than twelve hours nor shorter than fifteen minutes", Source: assumeRoleSource + " (DurationSeconds 900 to 43200)",
			Run: func(t *T, target *Target) {
				s, other := oneSide(t, target), target.newAccount()
				target.declareRole(other, "network", "", s.account)
				for _, seconds := range []int32{899, 43201} {
					in := roleInput(other, "network", "")
					in.DurationSeconds = &seconds
					_, err := s.sts.AssumeRole(t.Context(), in)
					t.refusedWith(err, "ValidationError")
				}
			}},
	)
}

// declareRole makes a role where the target wants roles to exist.
func (t *Target) declareRole(account, name, externalID string, principals ...string) {
	if t.control != nil {
		t.control.DeclareRole(account, name, externalID, principals...)
	}
}

func roleInput(account, role, externalID string) *sts.AssumeRoleInput {
	in := &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::" + account + ":role/" + role), RoleSessionName: aws.String("session")}
	if externalID != "" {
		in.ExternalId = &externalID
	}
	return in
}

func (s *side) assume(account, role, externalID string) (aws.Credentials, error) {
	out, err := s.sts.AssumeRole(s.t.Context(), roleInput(account, role, externalID))
	if err != nil {
		return aws.Credentials{}, err
	}
	return aws.Credentials{
		AccessKeyID:     aws.ToString(out.Credentials.AccessKeyId),
		SecretAccessKey: aws.ToString(out.Credentials.SecretAccessKey),
		SessionToken:    aws.ToString(out.Credentials.SessionToken),
	}, nil
}
