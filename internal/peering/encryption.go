package peering

import (
	"fmt"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// Encryption is a VPC's encryption control; the zero value is that of a VPC without one.
type Encryption struct {
	// Mode is monitor or enforce, State available, enforce-in-progress, deleted and others.
	Mode, State string
	// PeeringExclusion is enabling, enabled, disabling or disabled.
	PeeringExclusion string
}

// EnforcesEncryption is how messages say that a VPC does.
const EnforcesEncryption = "enforces encryption in transit"

// enforces holds while unencrypted traffic is dropped, or about to be.
func (e Encryption) enforces() bool { return e.Mode == "enforce" && e.State != "deleted" }

// unencrypted are the VPCs that enforce encryption and exclude no peering from it: a
// peering between Regions is not encrypted in the way that this asks for, and needs the
// exclusion (VPC user guide, "Enforce VPC encryption in transit"). One whose exclusion is
// being enabled is waited for.
func unencrypted(request Request, snapshot Snapshot) (refused, awaited []string) {
	if !request.CrossesRegions() {
		return nil, nil
	}
	for _, role := range Roles() {
		vpc := snapshot.At(role).VPC
		switch {
		case vpc == nil || !vpc.Encryption.enforces() || vpc.Encryption.PeeringExclusion == "enabled":
		case vpc.Encryption.PeeringExclusion == "enabling":
			awaited = append(awaited, fmt.Sprintf("%s (%s)", vpc.ID, role))
		default:
			refused = append(refused, fmt.Sprintf("VPC %s (%s) "+EnforcesEncryption+", and peering between regions needs an exclusion. "+
				"Run aws ec2 modify-vpc-encryption-control with --vpc-peering-exclusion enable for its encryption control.", vpc.ID, role))
		}
	}
	return refused, awaited
}

// checkEncryption finds such VPCs before the first write. Where the VPCs are joined it is
// a remark: AWS decides what becomes of traffic that flows.
func checkEncryption(request Request, snapshot Snapshot) []Finding {
	if isJoined(request, snapshot) {
		return nil
	}
	refused, _ := unencrypted(request, snapshot)
	findings := make([]Finding, 0, len(refused))
	for _, said := range refused {
		findings = append(findings, Finding{v1alpha1.ReasonEncryptionEnforced, said})
	}
	return findings
}

// isJoined reports whether the connection is active.
func isJoined(request Request, snapshot Snapshot) bool {
	connection := FindConnection(request, snapshot).Connection
	return connection != nil && connection.State == StateActive
}

// Awaited is what preflight waits for, without a person.
func Awaited(request Request, snapshot Snapshot) (verdict.Verdict, bool) {
	_, awaited := unencrypted(request, snapshot)
	if len(awaited) == 0 || isJoined(request, snapshot) {
		return verdict.Verdict{}, false
	}
	return verdict.Newf(verdict.Wait, v1alpha1.ReasonEncryptionEnforced, "Waiting until AWS has enabled the exclusion of peering from encryption enforcement in VPC %s.", awaited[0]), true
}

// Remarks are worth knowing of what is joined, and block nothing.
func Remarks(request Request, snapshot Snapshot) []string {
	if !isJoined(request, snapshot) {
		return nil
	}
	refused, _ := unencrypted(request, snapshot)
	return refused
}
