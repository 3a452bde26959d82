package verification

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/peering"
	"github.com/crossvpc/crossvpc/internal/probe"
	"github.com/crossvpc/crossvpc/internal/verdict"
)

func TestPodsThatReachEachOtherAreVerified(t *testing.T) {
	s := serving(t)
	s.report("eu", "10.11.4", passes)
	s.report("us", "10.12.4", passes)
	got := s.Judge(s.evidence, nil, 3)
	if !got.Passed() || got.Reason != v1alpha1.ReasonVerified || len(got.Findings) > 0 || len(got.Results) != 16 {
		t.Errorf("it judges %+v", got)
	}
	for _, part := range []string{"Pods of eu and us reached each other both ways (16 probes)", "65536 bytes"} {
		if !strings.Contains(got.Message, part) {
			t.Errorf("%q lacks %q", got.Message, part)
		}
	}
	if s.Failed() {
		t.Error("it counts as failed")
	}
}

func TestAFailureNamesTheHopThatTheEvidencePointsTo(t *testing.T) {
	timeout := outcome(probe.ConnectTimeout, "i/o timeout")
	finding := func(reason, message string, from peering.Role, lost peering.Lost) peering.PathFinding {
		return peering.PathFinding{Finding: peering.Finding{Reason: reason, Message: message}, From: from, Lost: lost}
	}
	for _, test := range []struct {
		name     string
		eu, us   func(string) probe.Dial
		edit     func(*scene)
		reason   string // of the first result
		parts    []string
		findings []string
	}{
		{"nothing explains it", timeout, timeout, func(*scene) {}, v1alpha1.ProbeConnectTimeout, []string{". Nothing that crossvpc read explains it. ", "probe rules"}, nil},
		{"a route is missing on the way there", timeout, timeout, func(s *scene) {
			s.evidence.Path.Findings = []peering.PathFinding{finding("RouteMissing", "rtb-1 has no route", peering.Requester, peering.LosesAll)}
		}, v1alpha1.ProbeConnectTimeout, []string{" Suspected: rtb-1 has no route."}, nil},
		{"what only the other way needs is no suspect", timeout, passes, func(s *scene) {
			s.evidence.Path.Findings = []peering.PathFinding{finding("SecurityGroupDenies", "sg-1 admits nothing", peering.Accepter, peering.LosesConnections)}
		}, v1alpha1.ProbeConnectTimeout, []string{". Nothing that crossvpc read explains it. "}, []string{v1alpha1.ProbeOneDirection}},
		{"answers are dropped", timeout, passes, func(s *scene) {
			s.evidence.Path.Findings = []peering.PathFinding{finding("NetworkACLDeniesAnswers", "acl-1 drops answers", peering.Accepter, peering.LosesAnswers)}
		}, v1alpha1.ProbeConnectTimeout, []string{" Suspected: acl-1 drops answers."}, []string{v1alpha1.ProbeOneDirection}},
		{"the incident: the value does not cover the peer", timeout, timeout, func(s *scene) { s.evidence.Clusters["us"] = healthy("10.12.0.0/16") },
			v1alpha1.ProbeConnectTimeout, []string{"Suspected: On us/us-", "ipv4-native-routing-cidr is 10.12.0.0/16 and does not cover 10.11.0.0/16", "what the pod there answers leaves by the wrong interface"}, nil},
		{"nodes are stale", timeout, timeout, func(s *scene) {
			s.evidence.Clusters["eu"].Status.Nodes = &v1alpha1.NodeCounts{Total: 3, Stale: 2, Split: 1}
		}, v1alpha1.ProbeConnectTimeout, []string{"may be one of the 2 that still use the old value (1 of them with pods that predate their agent)."}, nil},
		{"on the primary interface nodes are no suspects", timeout, timeout, func(s *scene) {
			s.evidence.Clusters["us"] = healthy("10.12.0.0/16")
			s.Clusters[0].Interfaces, s.Clusters[1].Interfaces = interfaces("eu", "10.11.4.0/24", 0), interfaces("us", "10.12.4.0/24", 0)
		}, v1alpha1.ProbeConnectTimeout, []string{". Nothing that crossvpc read explains it. "}, []string{v1alpha1.ProbePrimaryInterface, v1alpha1.ProbePrimaryInterface}},
		{"a default-deny policy", timeout, passes, func(s *scene) { s.evidence.Policies["us"] = []string{"deny-all"} },
			v1alpha1.ProbeConnectTimeout, []string{"Network policy deny-all in us selects the probe pods."}, []string{v1alpha1.ProbeOneDirection, v1alpha1.ProbeNetworkPolicy}},
		{"policies that may not be read", timeout, passes, func(s *scene) { s.evidence.Denied["us"] = true },
			v1alpha1.ProbeConnectTimeout, []string{"crossvpc may not list network policies in us, so it names none there. Bind the Role crossvpc-probe"}, []string{v1alpha1.ProbeOneDirection}},
		{"one direction only", passes, timeout, func(*scene) {}, v1alpha1.ProbeConnectTimeout, nil, []string{v1alpha1.ProbeOneDirection}},
		{"masqueraded by the node", func(string) probe.Dial { return probe.Dial{Outcome: probe.Masqueraded, Seen: "10.11.1.10"} }, passes, func(s *scene) { s.Start = time.Unix(0, 0) },
			v1alpha1.ProbeMasqueraded, []string{"The peer saw 10.11.1.10 instead of the pod's own address 10.11.4.9"}, []string{v1alpha1.ProbeOneDirection}},
		{"masqueraded since the value does not cover", outcome(probe.Masqueraded, ""), passes, func(s *scene) { s.evidence.Clusters["eu"] = healthy("10.11.0.0/16") },
			v1alpha1.ProbeMasqueraded, []string{"does not cover 10.12.0.0/16"}, []string{v1alpha1.ProbeOneDirection}},
		{"full-size packets to another region", outcome(probe.UploadStalled, "timeout"), passes, func(s *scene) {
			s.evidence.Request.Sides.Accepter.Region = "us-east-1"
			s.evidence.Path.Findings = []peering.PathFinding{finding("PathMTUDiscoveryBlocked", "acl-1 drops icmp", peering.Requester, peering.LosesBig)}
		}, v1alpha1.ProbePathMTU, []string{"full-size packets to the peer are lost. Suspected: acl-1 drops icmp. Or: Between regions a packet carries at most 8500 bytes. Set Cilium's mtu to 8500 or less in eu."}, []string{v1alpha1.ProbeOneDirection}},
		{"full-size packets from the peer, within a region", outcome(probe.DownloadStalled, "timeout"), passes, func(*scene) {},
			v1alpha1.ProbePathMTU, []string{"full-size packets from the peer are lost. Suspected: Something on the way carries less than the interface of us-"}, []string{v1alpha1.ProbeOneDirection}},
		{"refused", outcome(probe.Refused, "refused"), passes, func(*scene) {}, v1alpha1.ProbeRefused, []string{"routes, groups and rules are right"}, []string{v1alpha1.ProbeOneDirection}},
		{"broken off", outcome(probe.Reset, "reset by peer"), passes, func(*scene) {}, v1alpha1.ProbeReset, []string{"broken off (reset by peer)"}, []string{v1alpha1.ProbeOneDirection}},
		{"another server", outcome(probe.WrongServer, "run 7"), passes, func(*scene) {}, v1alpha1.ProbeWrongServer, []string{"run 7"}, []string{v1alpha1.ProbeOneDirection}},
		{"one node only", func(peer string) probe.Dial {
			if strings.HasPrefix(peer, "10.12.4.77") {
				return timeout(peer)
			}
			return passes(peer)
		}, passes, func(*scene) {}, v1alpha1.ProbeConnectTimeout, []string{"These two nodes, because other pods of the same clusters reach each other"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serving(t)
			s.report("eu", "10.11.4", test.eu)
			s.report("us", "10.12.4", test.us)
			test.edit(s)
			got := s.Judge(s.evidence, nil, 0)
			first := got.Results[0]
			if got.Reason != v1alpha1.ReasonProbeFailed || got.Progress != verdict.Wait || first.Reason != test.reason || first.Passed {
				t.Errorf("it judges %s/%s, first %+v", got.Progress, got.Reason, first)
			}
			for _, part := range test.parts {
				if !strings.Contains(first.Message, part) || !strings.Contains(got.Message, first.Message) {
					t.Errorf("%q lacks %q, or is not in %q", first.Message, part, got.Message)
				}
			}
			var reasons []string
			for _, f := range got.Findings {
				reasons = append(reasons, f.Reason)
			}
			if !slices.Equal(reasons, test.findings) {
				t.Errorf("findings are %v, want %v", reasons, test.findings)
			}
			if s.Judge(s.evidence, nil, 1).Progress != verdict.Stalled {
				t.Error("the second failure in a row calls nobody")
			}
		})
	}
}

func TestARunWithoutAnAttemptProvesNothing(t *testing.T) {
	why := []v1alpha1.Finding{{Reason: v1alpha1.ProbeNoImage, Message: "There is no image."}}
	got := Run{}.Judge(Evidence{}, why, 0)
	if got.Passed() || got.Progress != verdict.Unclear || got.Reason != v1alpha1.ReasonProbeNotRun || got.Message != "No probe was run. There is no image." {
		t.Errorf("it judges %+v", got)
	}
}

func TestPodsThatDoNotRunAreAFindingByName(t *testing.T) {
	waiting := func(reason, message string) func(int, *corev1.Pod) {
		return func(_ int, pod *corev1.Pod) {
			pod.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}}}
		}
	}
	for _, test := range []struct {
		name   string
		edit   func(int, *corev1.Pod)
		reason string
		part   string
	}{
		{"image", waiting("ImagePullBackOff", "no such host"), v1alpha1.ProbeImage, "us, node us-"},
		{"no address", waiting("ContainerCreating", ""), v1alpha1.ProbeNotStarted, "ContainerCreating"},
		{"no node", func(_ int, pod *corev1.Pod) {
			pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/3 nodes are available: Too many pods"}}
		}, v1alpha1.ProbeNoNode, "Too many pods"},
		{"no kubelet", func(int, *corev1.Pod) {}, v1alpha1.ProbeNotStarted, "Check the kubelet of the node."},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			s.apply(s.Next())
			s.start("eu", "10.11.4")
			s.each("us", modeServe, test.edit)
			s.Now = began.Add(serversDeadline + time.Second)
			got := s.Judge(s.evidence, s.Next().Findings, 0)
			if got.Reason != v1alpha1.ReasonProbeNotRun || got.Progress != verdict.Unclear || !strings.Contains(got.Message, "No probe was run from eu to us, or from us to eu.") {
				t.Errorf("it judges %+v", got.Verdict)
			}
			if len(got.Findings) != 1 || got.Findings[0].Reason != test.reason || !strings.Contains(got.Findings[0].Message, test.part) || !strings.Contains(got.Message, got.Findings[0].Message) {
				t.Errorf("findings are %+v, want %s with %q", got.Findings, test.reason, test.part)
			}
		})
	}
}

func TestAClusterWithoutANodeForProbesEndsTheRun(t *testing.T) {
	s := newScene(t)
	for i := range s.Clusters[1].Nodes {
		s.Clusters[1].Nodes[i].Spec.Unschedulable = true
	}
	step := s.Next()
	if !step.Over || len(step.Findings) != 1 || step.Findings[0].Reason != v1alpha1.ProbeNoNode || !strings.Contains(step.Findings[0].Message, "us has no node for probe pods among its 3") {
		t.Errorf("it does %+v", step)
	}
}

func TestADialerThatSaysNothingIsAFinding(t *testing.T) {
	s := serving(t)
	s.report("us", "10.12.4", passes)
	s.each("eu", modeDial, func(_ int, pod *corev1.Pod) {
		pod.Status.Phase = corev1.PodFailed
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "OOMKilled"}}}}
	})
	got := s.Judge(s.evidence, nil, 0)
	if got.Reason != v1alpha1.ReasonProbeNotRun || got.Findings[0].Reason != v1alpha1.ProbeNoReport || !strings.Contains(got.Message, "OOMKilled") {
		t.Errorf("it judges %+v", got)
	}
}

func TestWhatTheAPIServerRefusesIsAFindingByName(t *testing.T) {
	pods := schema.GroupResource{Resource: "pods"}
	forbidden := func(said string) error { return apierrors.NewForbidden(pods, "probe", errors.New(said)) }
	for _, test := range []struct {
		err    error
		reason string
	}{
		{apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, "crossvpc-probe"), v1alpha1.ProbeNamespaceMissing},
		{forbidden(`violates PodSecurity "restricted:latest": seccompProfile`), v1alpha1.ProbePodSecurity},
		{forbidden("exceeded quota: small, requested: pods=1"), v1alpha1.ProbeQuota},
		{forbidden(`User "crossvpc" cannot create resource "pods"`), v1alpha1.ReasonForbidden},
		{forbidden("unable to create new content in namespace crossvpc-probe because it is being terminated"), v1alpha1.ProbeNamespaceMissing},
		{apierrors.NewBadRequest(`admission webhook "images.example.com" denied the request: not signed`), v1alpha1.ProbeAdmission},
		{errors.New("connection refused"), ""},
		{apierrors.NewInternalError(errors.New("etcd")), ""},
	} {
		found, known := Refused("us", "crossvpc-probe", test.err)
		if found.Reason != test.reason || known != (test.reason != "") {
			t.Errorf("%v is %+v, want %q", test.err, found, test.reason)
		}
	}
}
