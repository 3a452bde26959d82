package sts

import (
	"maps"
	"slices"
	"strings"
	"sync"

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
	// Principals may assume the role: account ids, ARNs of users or roles, or "*".
	Principals []string `json:"principals"`
	// ExternalID has to be presented when it is not empty (sts:ExternalId in the trust policy).
	ExternalID string `json:"externalID,omitempty"`
	// MaxSessionSeconds is how long a session may last; 3600 when zero.
	MaxSessionSeconds int `json:"maxSessionSeconds,omitempty"`
}

// trusts says whether the trust policy lets the principal in.
func (r Role) trusts(p sim.Principal, externalID string) bool {
	named := slices.ContainsFunc(r.Principals, func(trusted string) bool {
		return trusted == "*" || trusted == p.Account || trusted == "arn:aws:iam::"+p.Account+":root" ||
			trusted == p.ARN || (trusted == p.RoleARN && trusted != "")
	})
	return named && (r.ExternalID == "" || r.ExternalID == externalID)
}

// account and name are the parts of the role's ARN.
func (r Role) account() string { return strings.Split(r.ARN, ":")[4] }
func (r Role) name() string    { return r.ARN[strings.LastIndexByte(r.ARN, '/')+1:] }

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

// Declare makes a role or replaces it; an ARN that is no role's is reported as false.
func (s *Service) Declare(role Role) bool {
	if !roleARN.MatchString(role.ARN) {
		return false
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.roles[role.ARN] = role
	return true
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
