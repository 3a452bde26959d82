package peering

import "fmt"

// Role tells the two sides of a peering apart.
type Role string

const (
	// Requester asks for the connection.
	Requester Role = "requester"
	// Accepter accepts it.
	Accepter Role = "accepter"
)

// Roles lists both, the requester first.
func Roles() []Role { return []Role{Requester, Accepter} }

// Other is the opposite side.
func (r Role) Other() Role { return Pick(r, Accepter, Requester) }

// Side is one resolved side of a peering: where its VPC is, and through which
// identity it is reached.
type Side struct {
	Role     Role
	Account  string
	Region   string
	VPC      string
	Identity string
	// GroupsAccount and GroupsIdentity are set where AWS RAM shares the VPC with the account
	// that its security groups are in: peering connections and route tables belong to the
	// VPC's owner, groups to whoever made them (VPC user guide, "Responsibilities and
	// permissions for owners and participants").
	GroupsAccount  string
	GroupsIdentity string
}

// Shared reports whether an identity of their own acts on the side's security groups.
func (s Side) Shared() bool { return s.GroupsIdentity != "" }

// OfNetwork is the side as the identity sees it that acts on its connection and routes.
func (s Side) OfNetwork() Side {
	s.GroupsAccount, s.GroupsIdentity = "", ""
	return s
}

// OfGroups is the side as the identity sees it that acts on its security groups.
func (s Side) OfGroups() Side {
	if s.Shared() {
		s.Account, s.Identity = s.GroupsAccount, s.GroupsIdentity
	}
	return s.OfNetwork()
}

// String names the side for a person: "requester vpc-1 (eu-west-1, account 111111111111)".
func (s Side) String() string {
	if s.Shared() && s.GroupsAccount != s.Account {
		return fmt.Sprintf("%s %s (%s, account %s, security groups in account %s)", s.Role, s.VPC, s.Region, s.Account, s.GroupsAccount)
	}
	return fmt.Sprintf("%s %s (%s, account %s)", s.Role, s.VPC, s.Region, s.Account)
}

// SamePlace reports whether both name the same VPC of the same account and region.
func (s Side) SamePlace(other Side) bool {
	return s.Account == other.Account && s.Region == other.Region && s.VPC == other.VPC
}

// Sides are the two resolved sides.
type Sides = Pair[Side]
