package peeredcluster

import (
	"context"
	"errors"
	"net/netip"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/cilium/backend"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// decide computes the native routing CIDR that the cluster's peerings need. What
// is written, and when each node may read it, is the rollout's to say.
func (p *pass) decide(ctx context.Context) error {
	if err := p.loadPeerings(ctx); err != nil {
		return err
	}
	p.object.Status.Peerings = coveredPeerings(p.object.Status.Peerings, p.peerings, p.object.Name)
	input, err := p.decisionInput(ctx)
	if err != nil {
		p.comeAgain(unreachableRetry)
		p.configured.unread = new(verdict.New(verdict.Unclear, v1alpha1.ReasonAWSError,
			"what the route tables reach can't be read, so nothing new is decided: "+messageOf(err)))
		p.standing()
		return nil
	}
	p.decision = cilium.Decide(input)
	p.reportCilium()
	p.configured.decided = judgeDecision(p.decision, p.afterUndo())
	return nil
}

// standing keeps the decision that status has, and starts nothing on it, while AWS
// does not say what a new one needs: what is in hand is seen to its end, and a
// canary that fails is taken back (N5). On a first pass there is none.
func (p *pass) standing() {
	status := p.ciliumStatus()
	value, err := netip.ParsePrefix(status.DesiredCIDR)
	if err != nil {
		return
	}
	p.decision = cilium.Decision{
		Kind: cilium.KindBlocked, Reason: v1alpha1.ReasonAWSError, CIDR: value, Needed: value, Revision: status.Revision,
		SetByOthers: status.Backend == backend.Manual && p.object.Spec.Cilium.WriteTo != v1alpha1.WriteManual,
	}
	p.undecided = true
}

func messageOf(err error) string {
	if verdicts := awsVerdicts(err); len(verdicts) > 0 {
		return verdicts[0]
	}
	return err.Error()
}

// errNoVPC: without region and VPC nothing can be asked of AWS.
var errNoVPC = errors.New("region and VPC of the cluster are not known yet: no CiliumNode reports them; set spec.region and spec.vpcID, or see that nodes are up")

func (p *pass) place() (region, vpc string, err error) {
	region, vpc = string(p.object.Status.Region), string(p.object.Status.VPCID)
	if region == "" || vpc == "" {
		return "", "", errNoVPC
	}
	return region, vpc, nil
}
