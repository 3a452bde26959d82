package sts

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"regexp"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

var (
	roleARN     = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+$`)
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalID  = regexp.MustCompile(`^[\w+=,.@:/\\-]{2,}$`)
)

// longestExternalID is how many characters an external id may have (API_AssumeRole).
const longestExternalID = 1224

// Bounds of a session's length (API_AssumeRole).
const (
	shortestSession = 900
	defaultSession  = 3600
	longestSession  = 43200
	// longestChained is the limit where a role assumes a role.
	longestChained = 3600
)

type assumeRoleRequest struct {
	RoleArn         string `query:"RoleArn,required"`
	RoleSessionName string `query:"RoleSessionName,required"`
	ExternalID      string `query:"ExternalId"`
	DurationSeconds *int32 `query:"DurationSeconds"`

	Tags           []sessionTag `query:"Tags,member"`
	TransitiveTags []string     `query:"TransitiveTagKeys,member"`
}

type assumeRoleAnswer struct {
	AssumedRoleUser struct {
		AssumedRoleID string `xml:"AssumedRoleId"`
		Arn           string `xml:"Arn"`
	} `xml:"AssumedRoleUser"`
	Credentials struct {
		AccessKeyID     string `xml:"AccessKeyId"`
		SecretAccessKey string `xml:"SecretAccessKey"`
		SessionToken    string `xml:"SessionToken"`
		Expiration      string `xml:"Expiration"`
	} `xml:"Credentials"`
}

func (s *Service) assumeRole(c *sim.Call, in *assumeRoleRequest) (*assumeRoleAnswer, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	tags, err := in.sessionTags(c.Principal)
	if err != nil {
		return nil, err
	}
	role, known := s.role(in.RoleArn)
	if !known {
		return nil, refused(c, assumeRoleAction, in.RoleArn, "")
	}
	if err := role.admit(c, in, tags); err != nil {
		return nil, err
	}
	lasts, err := in.duration(c.Principal, role)
	if err != nil {
		return nil, err
	}
	return s.issue(c, role, in.RoleSessionName, tags, c.Now.Add(lasts)), nil
}

func (in *assumeRoleRequest) check() error {
	const constraint = "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy regular expression pattern: %s"
	switch {
	case !roleARN.MatchString(in.RoleArn):
		return sim.Fail("ValidationError", "%s is invalid", in.RoleArn)
	case !sessionName.MatchString(in.RoleSessionName):
		return sim.Fail("ValidationError", constraint, in.RoleSessionName, "roleSessionName", `[\w+=,.@-]*`)
	case in.ExternalID != "" && (len(in.ExternalID) > longestExternalID || !externalID.MatchString(in.ExternalID)):
		return sim.Fail("ValidationError", constraint, in.ExternalID, "externalId", `[\w+=,.@:\/-]*`)
	}
	return nil
}

// duration is how long the session may last.
func (in *assumeRoleRequest) duration(p sim.Principal, role Role) (time.Duration, error) {
	seconds := int32(defaultSession)
	if in.DurationSeconds != nil {
		seconds = *in.DurationSeconds
	}
	longest := role.MaxSessionSeconds
	if longest == 0 {
		longest = defaultSession
	}
	const bound = "1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy constraint: Member must have value %s than or equal to %d"
	switch {
	case seconds < shortestSession:
		return 0, sim.Fail("ValidationError", bound, seconds, "greater", shortestSession)
	case seconds > longestSession:
		return 0, sim.Fail("ValidationError", bound, seconds, "less", longestSession)
	case p.RoleARN != "" && seconds > longestChained:
		return 0, sim.Fail("ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
	case int(seconds) > longest:
		return 0, sim.Fail("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return time.Duration(seconds) * time.Second, nil
}

// issue makes the session and its keys, which are as much a function of the seed as ids are.
func (s *Service) issue(c *sim.Call, role Role, session string, tags sessionTags, expires time.Time) *assumeRoleAnswer {
	seed := c.NewUUID("session")
	roleID := "AROA" + letters("role/"+role.ARN, 17)
	answer := &assumeRoleAnswer{}
	answer.AssumedRoleUser.AssumedRoleID = roleID + ":" + session
	answer.AssumedRoleUser.Arn = "arn:" + role.partition() + ":sts::" + role.account() + ":assumed-role/" + role.name() + "/" + session
	answer.Credentials.AccessKeyID = "ASIA" + letters("key/"+seed, 16)
	answer.Credentials.SecretAccessKey = letters("secret/"+seed, 40)
	token := sha256.Sum256([]byte("token/" + seed))
	answer.Credentials.SessionToken = "IQoJb3JpZ2luX2Vj" + base64.StdEncoding.EncodeToString(token[:])
	answer.Credentials.Expiration = expires.UTC().Format(time.RFC3339)
	s.world.Keys.Issue(answer.Credentials.AccessKeyID, answer.Credentials.SecretAccessKey, answer.Credentials.SessionToken, sim.Principal{
		Account: role.account(), ARN: answer.AssumedRoleUser.Arn, RoleARN: role.ARN, UserID: answer.AssumedRoleUser.AssumedRoleID,
		Tags: tags.all, TransitiveTags: tags.transitive,
	}, expires)
	return answer
}

// letters makes so many capital letters and digits of the text.
func letters(text string, count int) string {
	sum := sha256.Sum256([]byte(text))
	return base32.StdEncoding.EncodeToString(sum[:])[:count]
}

type getCallerIdentityRequest struct{}

type getCallerIdentityAnswer struct {
	Arn     string `xml:"Arn"`
	UserID  string `xml:"UserId"`
	Account string `xml:"Account"`
}

func (s *Service) getCallerIdentity(c *sim.Call, _ *getCallerIdentityRequest) (*getCallerIdentityAnswer, error) {
	return &getCallerIdentityAnswer{Arn: c.Principal.ARN, UserID: c.Principal.UserID, Account: c.Principal.Account}, nil
}
