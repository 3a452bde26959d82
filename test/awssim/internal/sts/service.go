package sts

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/crossvpc/crossvpc/test/awssim/internal/iam"
	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
	"github.com/crossvpc/crossvpc/test/awssim/internal/wire"
)

// Service is the simulated STS. STS has no state of accounts and regions but IAM's roles.
type Service struct {
	world *sim.World
	mutex sync.Mutex
	roles map[string]Role
}

// Role is an IAM role and its trust policy.
type Role struct {
	// ARN is arn:aws:iam::<account>:role/<name>.
	ARN string `json:"arn"`
	// TrustPolicy is the document. Without one it is made of Principals and ExternalID.
	TrustPolicy json.RawMessage `json:"trustPolicy,omitempty"`
	// Principals may assume the role and tag its sessions: account ids, ARNs of users or roles, or "*".
	Principals []string `json:"principals,omitempty"`
	// ExternalID has to be presented when it is not empty (sts:ExternalId in the trust policy).
	ExternalID string `json:"externalID,omitempty"`
	// MaxSessionSeconds is how long a session may last; 3600 when zero.
	MaxSessionSeconds int `json:"maxSessionSeconds,omitempty"`

	trust iam.Document
}

// trusting is the role with its trust policy read.
func (r Role) trusting() (Role, error) {
	text := r.TrustPolicy
	if text == nil {
		statement := map[string]any{"Effect": "Allow", "Principal": map[string]any{"AWS": r.Principals}, "Action": []string{assumeRoleAction, tagSessionAction}}
		if r.ExternalID != "" {
			statement["Condition"] = map[string]any{"StringEquals": map[string]string{"sts:ExternalId": r.ExternalID}}
		}
		// Marshalling maps of strings cannot fail.
		text, _ = json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statement})
	}
	var err error
	r.trust, err = iam.Trust(text)
	return r, err
}

// account, partition and name are parts of the role's ARN.
func (r Role) account() string   { return strings.Split(r.ARN, ":")[4] }
func (r Role) partition() string { return strings.Split(r.ARN, ":")[1] }
func (r Role) name() string      { return r.ARN[strings.LastIndexByte(r.ARN, '/')+1:] }

// New makes an STS without any role.
func New(world *sim.World) *Service { return &Service{world: world, roles: map[string]Role{}} }

// Name implements sim.Service.
func (s *Service) Name() string { return "sts" }

// Protocol implements sim.Service.
func (s *Service) Protocol() sim.Protocol {
	return wire.AWSQuery{Namespace: "https://sts.amazonaws.com/doc/2011-06-15/"}
}

// Actions implements sim.Service.
func (s *Service) Actions() map[string]sim.Action {
	return map[string]sim.Action{
		"AssumeRole":        wire.Query(s.assumeRole),
		"GetCallerIdentity": wire.Query(s.getCallerIdentity),
	}
}

// Reset implements sim.Service. Roles stay, as keys and policies do.
func (s *Service) Reset() {}

// Dump implements sim.Service.
func (s *Service) Dump() any {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return maps.Clone(s.roles)
}

// Declare makes a role or replaces it. An ARN that is no role's is an error, and so is a trust policy that cannot be read.
func (s *Service) Declare(role Role) error {
	if !roleARN.MatchString(role.ARN) {
		return fmt.Errorf("%q is not the ARN of a role", role.ARN)
	}
	role, err := role.trusting()
	if err != nil {
		return fmt.Errorf("trust policy of %s: %w", role.ARN, err)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.roles[role.ARN] = role
	return nil
}

// Remove deletes a role; its sessions go on until they expire.
func (s *Service) Remove(arn string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.roles, arn)
}

func (s *Service) role(arn string) (Role, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	role, known := s.roles[arn]
	return role, known
}
