package sim

import (
	"regexp"
	"sync"
	"time"
)

// Principal is who makes a call.
type Principal struct {
	Account string `json:"account"`
	// ARN is the caller's, as GetCallerIdentity shows it.
	ARN string `json:"arn"`
	// RoleARN is the role behind an assumed-role session, else empty.
	RoleARN string `json:"roleARN,omitempty"`
	// UserID is the caller's unique id, as GetCallerIdentity shows it.
	UserID string `json:"userID,omitempty"`
	// Tags are the session's. Those named in TransitiveTags go on to the roles that are assumed with it.
	Tags           map[string]string `json:"tags,omitempty"`
	TransitiveTags []string          `json:"transitiveTags,omitempty"`
}

// key is what an access key stands for.
type key struct {
	principal Principal
	secret    string
	token     string
	expires   time.Time
}

// StandingSecret is the secret of every access key that was not issued by STS.
const StandingSecret = "secret"

// Keyring knows the access keys. Any 12-digit key stands for the account of that number.
type Keyring struct {
	mutex sync.Mutex
	keys  map[string]key
}

var accountNumber = regexp.MustCompile(`^[0-9]{12}$`)

// Register makes an access key stand for the principal, for ever and without a session token.
func (k *Keyring) Register(accessKey string, principal Principal) {
	k.Issue(accessKey, StandingSecret, "", principal, time.Time{})
}

// Issue makes a session's access key stand for the principal until it expires (never, when zero).
func (k *Keyring) Issue(accessKey, secret, token string, principal Principal, expires time.Time) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.keys == nil {
		k.keys = map[string]key{}
	}
	k.keys[accessKey] = key{principal: principal, secret: secret, token: token, expires: expires}
}

// Secret is what requests of an access key are signed with.
func (k *Keyring) Secret(accessKey string) string {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if found, known := k.keys[accessKey]; known {
		return found.secret
	}
	return StandingSecret
}

// Identify finds the principal behind an access key and session token, who calls a region.
func (k *Keyring) Identify(accessKey, token, region string, now time.Time) (Principal, *Failure) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	found, known := k.keys[accessKey]
	switch {
	case known && found.token != token:
		return Principal{}, invalidKey()
	case known && !found.expires.IsZero() && !now.Before(found.expires):
		return Principal{}, Fail("RequestExpired", "Request has expired.")
	case known:
		return found.principal, nil
	case accountNumber.MatchString(accessKey):
		return UserOf(Place{Account: accessKey, Region: region}), nil
	}
	return Principal{}, invalidKey()
}

// UserOf is the principal that an account's number, used as access key, stands for in a region's partition.
func UserOf(place Place) Principal {
	return Principal{Account: place.Account, ARN: place.GlobalARN("iam", "user/awssim"), UserID: "AIDA" + place.Account}
}

func invalidKey() *Failure {
	failure := Fail("AuthFailure", "AWS was not able to validate the provided access credentials")
	failure.Status = 401
	return failure
}
