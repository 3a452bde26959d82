package vpcpeering

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/conditions"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// wantsTopology: the reconciliation that makes a connection does without it, so that Ready comes first.
func (p *reconciliation) wantsTopology() bool {
	return meta.IsStatusConditionTrue(p.draft.Before.Status.Conditions, v1alpha1.ConditionPeeringActive) && !p.sightless()
}

// observeTopology reads what only the path check needs. That is only
// information: a failure to read it is said there, and blocks nothing. It runs beside the other reads.
func (p *reconciliation) observeTopology(ctx context.Context) {
	notBefore := p.start.Add(-aws.TopologyTTL)
	if p.retryAsked() {
		notBefore = p.start
	}
	var group sync.WaitGroup
	var read peering.Pair[topology]
	for _, role := range peering.Roles() {
		of := read.At(role)
		group.Go(func() {
			reader, err := p.reader(role)
			if err != nil {
				of.err = err
				return
			}
			of.acls, of.err = reader.NetworkACLs(ctx, p.request.Sides.At(role).VPC, notBefore)
		})
	}
	group.Wait()
	p.topology = &read
}

// topology is what observeTopology read of a side.
type topology struct {
	acls []peering.NetworkACL
	err  error
}

// checkPath judges the path by everything that this reconciliation observed.
func (p *reconciliation) checkPath() {
	if p.sightless() {
		return // half of a path says nothing
	}
	if p.topology == nil {
		if p.verdicts[v1alpha1.ConditionPeeringActive].Progress == verdict.Done {
			p.again.Within(soon)
		}
		return
	}
	snapshot := p.snapshot
	var unread []string
	for _, role := range peering.Roles() {
		read := p.topology.At(role)
		snapshot.At(role).NetworkACLs = read.acls
		for _, failure := range aws.Failures(read.err) {
			unread = append(unread, message.Clause(failure.Message))
		}
	}
	path := peering.CheckPath(p.request, snapshot)
	path.Unknown = append(path.Unknown, unread...)
	p.path = &path
	p.object.Status.Path = pathStatus(path)
}

// What status takes: so many findings, of so many characters.
const (
	mostFindings   = 20
	longestFinding = 1024
)

func pathStatus(path peering.Path) *v1alpha1.PathStatus {
	if len(path.Findings) == 0 && len(path.Unknown) == 0 {
		return nil
	}
	status := &v1alpha1.PathStatus{}
	for _, finding := range path.Findings[:min(len(path.Findings), mostFindings)] {
		status.Findings = append(status.Findings, v1alpha1.Finding{Reason: finding.Reason, Message: message.Cut(finding.Message, longestFinding)})
	}
	for _, unread := range path.Unknown[:min(len(path.Unknown), mostFindings)] {
		status.Unread = append(status.Unread, message.Cut(unread, longestFinding))
	}
	return status
}

// reportPath: for information. What could not be looked at is not called clear.
func (p *reconciliation) reportPath(report *conditions.Report) {
	switch {
	case p.path == nil:
		return
	case len(p.path.Findings) > 0:
		report.Judge(v1alpha1.ConditionPathClear, verdict.New(verdict.Held, v1alpha1.ReasonPathObstructed, p.path.Obstacles()))
	case len(p.path.Unknown) > 0:
		report.Judge(v1alpha1.ConditionPathClear, verdict.New(verdict.Unclear, v1alpha1.ReasonPathUnread, p.path.UnknownText()))
	default:
		report.Judge(v1alpha1.ConditionPathClear, verdict.New(verdict.Done, v1alpha1.ReasonPathClear, p.path.Clear(p.request)))
	}
}
