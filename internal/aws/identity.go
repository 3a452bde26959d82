package aws

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/crossvpc/crossvpc/internal/partition"
)

// Identity says which credentials to use. It is comparable: two equal
// identities share clients, credentials and reads.
type Identity struct {
	// Name of the AWSIdentity; shows in CloudTrail as part of the session name.
	Name string
	// RoleARN to assume; empty: the operator's own (ambient) credentials.
	RoleARN string
	// ExternalID to send with AssumeRole; empty: none.
	ExternalID string
}

// account is the account of the role, "" for ambient credentials.
func (i Identity) account() string {
	role, err := arn.Parse(i.RoleARN)
	if err != nil {
		return ""
	}
	return role.AccountID
}

// notInSessionName matches what STS refuses in a RoleSessionName
// (AssumeRole API: [\w+=,.@-]{2,64}).
var notInSessionName = regexp.MustCompile(`[^\w+=,.@-]`)

const (
	longestSessionName = 64
	digestLength       = 8
)

// sessionName is who acts, as CloudTrail shows it: crossvpc-<installation>-<identity>. One that is too long keeps its
// beginning, and a digest of the whole tells it from others.
func (i Identity) sessionName(installation string) string {
	name := "crossvpc-" + i.Name
	if installation != "" {
		name = "crossvpc-" + installation + "-" + i.Name
	}
	name = notInSessionName.ReplaceAllString(name, "-")
	if len(name) <= longestSessionName {
		return name
	}
	digest := fmt.Sprintf("-%x", sha256.Sum256([]byte(name)))[:1+digestLength]
	return name[:longestSessionName-len(digest)] + digest
}

// stsRegion is where to call STS: the configured region where it is in the role's partition, else the main region of
// that partition, since AWS_REGION is optional.
func (i Identity) stsRegion(configured string) string {
	of, known := partition.OfARN(i.RoleARN)
	switch {
	case !known:
		return cmp.Or(configured, partition.Standard().Region)
	case configured != "" && partition.Of(configured).ID == of.ID:
		return configured
	}
	return of.Region
}
