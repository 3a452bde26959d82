package verification

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/message"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/probe"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

// Judgement is what a run comes to.
type Judgement struct {
	verdict.Verdict
	Results []v1alpha1.ProbeResult
	// Directions are what was measured from one cluster to another.
	Directions []v1alpha1.ProbeDirection
	Findings   []v1alpha1.Finding
}

// Passed reports whether pods were seen reaching each other both ways.
func (j Judgement) Passed() bool { return j.Progress == verdict.Done }

// patience is how many runs in a row may fail before a person is called: a node or an
// address may just have come or gone.
const patience = 2

// Judge says what a run that is over means. before are findings that ended it, and
// failedBefore is how many runs failed in a row before it.
func (r Run) Judge(evidence Evidence, before []v1alpha1.Finding, failedBefore int32) Judgement {
	attempts, silent := r.attempts()
	judgement := Judgement{Findings: slices.Concat(before, silent)}
	for _, cluster := range r.Clusters {
		judgement.Findings = append(judgement.Findings, cluster.notRunning()...)
	}
	judgement.Results = results(attempts, func(a attempt) string { return evidence.explain(a, attempts) })
	judgement.Directions = directions(attempts)
	judgement.Findings = append(judgement.Findings, r.oneDirection(attempts)...)
	judgement.Findings = append(judgement.Findings, evidence.policies(attempts)...)
	judgement.Findings = append(judgement.Findings, r.inExcluded()...)
	judgement.Findings = bounded(append(judgement.Findings, r.primaryOnly(attempts)...))
	judgement.Verdict = r.verdict(attempts, judgement, failedBefore)
	return judgement
}

// mostFindings is what status takes.
const mostFindings = 20

func bounded(findings []v1alpha1.Finding) []v1alpha1.Finding {
	return findings[:min(len(findings), mostFindings)]
}

func (r Run) verdict(attempts []attempt, judgement Judgement, failedBefore int32) verdict.Verdict {
	failures := len(failed(attempts))
	unproven := r.unproven(attempts)
	switch {
	case failures > 0:
		first := judgement.Results[0]
		return verdict.Newf(insistent(verdict.Wait, failedBefore), v1alpha1.ReasonProbeFailed,
			"%d of %s between pods did not pass. %s to %s: %s", failures, message.Count(len(attempts), "probe"), first.From, first.To, first.Message)
	case len(attempts) == 0 || len(unproven) > 0:
		return verdict.New(insistent(verdict.Unclear, failedBefore), v1alpha1.ReasonProbeNotRun, notRun(unproven, judgement.Findings))
	default:
		return verdict.New(verdict.Done, v1alpha1.ReasonVerified, r.verified(attempts, judgement.Findings))
	}
}

// notRun says from where to where nothing was tried, and the first reason for it.
func notRun(unproven []string, findings []v1alpha1.Finding) string {
	said := "No probe was run."
	if len(unproven) > 0 {
		said = "No probe was run from " + strings.Join(unproven, ", or from ") + "."
	}
	if len(findings) > 0 {
		said += " " + findings[0].Message
	}
	return said
}

func failed(attempts []attempt) []attempt {
	return slices.DeleteFunc(slices.Clone(attempts), func(a attempt) bool { return a.Outcome == probe.Passed })
}

// Failed reports whether any probe that has reported did not pass: then more
// evidence is worth reading.
func (r Run) Failed() bool {
	attempts, _ := r.attempts()
	return len(failed(attempts)) > 0
}

// insistent calls for a person when it is not the first time.
func insistent(progress verdict.Progress, failedBefore int32) verdict.Progress {
	if failedBefore+1 >= patience {
		return verdict.Stalled
	}
	return progress
}

// unproven are the pairs of clusters, in one direction, without any attempt.
func (r Run) unproven(attempts []attempt) []string {
	var unproven []string
	for _, from := range r.Clusters {
		for _, to := range r.Clusters {
			if from.Role == to.Role {
				continue
			}
			tried := slices.ContainsFunc(attempts, func(a attempt) bool { return a.from.cluster == from.Name && a.to.cluster == to.Name })
			if !tried {
				unproven = append(unproven, from.Name+" to "+to.Name)
			}
		}
	}
	return unproven
}

// verified says what was seen, and what of it proves less than it could.
func (r Run) verified(attempts []attempt, findings []v1alpha1.Finding) string {
	said := []string{fmt.Sprintf("Pods of %s and %s reached each other both ways (%s). Each saw the other's own address, and %d bytes passed each way.",
		r.names(peering.Requester), r.names(peering.Accepter), message.Count(len(attempts), "probe"), attempts[0].Bytes)}
	for _, found := range findings {
		said = append(said, "Note: "+found.Message)
	}
	return strings.Join(said, " ")
}

func (r Run) names(role peering.Role) string {
	var names []string
	for _, cluster := range r.Clusters {
		if cluster.Role == role {
			names = append(names, cluster.Name)
		}
	}
	return strings.Join(names, ", ")
}

// oneDirection says so where all of one way passes and nothing of the other does.
func (r Run) oneDirection(attempts []attempt) []v1alpha1.Finding {
	for _, from := range peering.Roles() {
		tried, got := direction(attempts, from)
		triedBack, gotBack := direction(attempts, from.Other())
		if tried > 0 && got == tried && triedBack > 0 && gotBack == 0 {
			return []v1alpha1.Finding{finding(v1alpha1.ProbeOneDirection,
				"Pods of %s reach those of %s and not the other way, so the connection and both sides' routes carry packets. Look at what admits connections on the %s (group ingress, network ACL, network policy) and lets them out on the %s.",
				r.names(from), r.names(from.Other()), from, from.Other())}
		}
	}
	return nil
}
