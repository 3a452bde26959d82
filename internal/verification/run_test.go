package verification

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/crossvpc/crossvpc/internal/peering"
)

func TestARunServesThenDialsThenIsOver(t *testing.T) {
	s := newScene(t)
	s.apply(s.Next())
	if s.created != 8 || !s.waits() {
		t.Fatalf("%d servers are made, want 2 on 2 nodes of 2 clusters", s.created)
	}
	s.start("eu", "10.11.4")
	if !s.waits() {
		t.Error("it goes on before the servers of us run")
	}
	s.start("us", "10.12.4")
	s.apply(s.Next())
	if s.created != 16 || !s.waits() {
		t.Fatalf("%d pods are made, want 8 dialers more", s.created-8)
	}
	s.each("eu", modeDial, func(_ int, pod *corev1.Pod) {
		args := strings.Join(pod.Spec.Containers[0].Args, " ")
		if strings.Count(args, "--peer=10.12.4.") != 2 || !strings.Contains(args, "--run="+s.ID()) {
			t.Errorf("a dialer has %s", args)
		}
	})
	s.report("eu", "10.11.4", passes)
	if !s.waits() {
		t.Error("it is over before the dialers of us are")
	}
	s.report("us", "10.12.4", passes)
	if step := s.Next(); !step.Over {
		t.Errorf("it goes on with %+v", step)
	}
}

// waits: nothing is to be done now.
func (s *scene) waits() bool {
	step := s.Next()
	return !step.Over && step.Create == nil && step.Findings == nil
}

func TestAManagerThatWasKilledMakesOnlyWhatIsMissing(t *testing.T) {
	s := newScene(t)
	s.apply(s.Next())
	s.Clusters[1].Pods = s.Clusters[1].Pods[:3]
	step := s.Next()
	if len(step.Create) != 1 || len(step.Create["us"]) != 1 {
		t.Errorf("it makes %v", step.Create)
	}
}

func TestServersThatDoNotComeAreWaitedForForATime(t *testing.T) {
	s := newScene(t)
	s.apply(s.Next())
	s.start("eu", "10.11.4")
	s.Now = began.Add(serversDeadline)
	if !s.waits() {
		t.Error("it does not wait")
	}
	s.Now = began.Add(serversDeadline + time.Second)
	if step := s.Next(); !step.Over {
		t.Errorf("it goes on with %+v", step)
	}
	s.each("us", modeServe, func(n int, pod *corev1.Pod) {
		if n == 0 {
			pod.Status.Phase, pod.Status.PodIP = corev1.PodRunning, "10.12.4.77"
		}
	})
	if step := s.Next(); len(step.Create["eu"]) != 4 {
		t.Errorf("one server of us is enough to go on, but it does %+v", step)
	}
}

func TestARunEndsAtItsTimeComeWhatMay(t *testing.T) {
	s := serving(t)
	s.Now = began.Add(runDeadline + time.Second)
	if step := s.Next(); !step.Over {
		t.Errorf("it goes on with %+v", step)
	}
	if PodDeadline <= runDeadline || Leftover <= PodDeadline {
		t.Error("pods must outlive a run, and no run may need a pod that counts as left over")
	}
}

func TestNodesAreChosenWhereTheProblemWouldShow(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(*Cluster)
		want []string
	}{
		{"of two zones", func(*Cluster) {}, []string{"eu-0", "eu-1"}},
		{"with secondary interfaces", func(c *Cluster) { c.Interfaces = c.Interfaces[2:] }, []string{"eu-1", "eu-2"}},
		{"not those that are cordoned", func(c *Cluster) { c.Nodes[1].Spec.Unschedulable = true }, []string{"eu-0", "eu-2"}},
		{"nor tainted", func(c *Cluster) {
			c.Nodes[1].Spec.Taints = []corev1.Taint{{Key: "gpu", Effect: corev1.TaintEffectNoSchedule}}
		}, []string{"eu-0", "eu-2"}},
		{"nor not Ready", func(c *Cluster) { c.Nodes[0].Status.Conditions[0].Status = corev1.ConditionUnknown }, []string{"eu-1", "eu-2"}},
		{"nor Fargate", func(c *Cluster) { c.Nodes[0].Labels["eks.amazonaws.com/compute-type"] = "fargate" }, []string{"eu-1", "eu-2"}},
		{"nor Windows", func(c *Cluster) { c.Nodes[0].Labels[corev1.LabelOSStable] = "windows" }, []string{"eu-1", "eu-2"}},
		{"a taint that only prefers others does not count", func(c *Cluster) {
			c.Nodes[1].Spec.Taints = []corev1.Taint{{Effect: corev1.TaintEffectPreferNoSchedule}}
		}, []string{"eu-0", "eu-1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			s.Start = time.Unix(0, 0)
			test.edit(&s.Clusters[0])
			if got := s.chosen(s.Clusters[0]); !slices.Equal(got, test.want) {
				t.Errorf("it chooses %v, want %v", got, test.want)
			}
		})
	}
}

func TestEachNodeHasItsTurn(t *testing.T) {
	s := newScene(t)
	seen := map[string]bool{}
	for i := range 6 {
		s.Start = began.Add(time.Duration(i) * 10 * time.Minute)
		s.Start = s.Start.Add(time.Duration(i) * time.Minute)
		for _, node := range s.chosen(s.Clusters[0]) {
			seen[node] = true
		}
	}
	if len(seen) != 3 {
		t.Errorf("only %v had a turn", seen)
	}
}

func TestTargetsAreOnSecondaryInterfacesWhereThereAreAny(t *testing.T) {
	s := newScene(t)
	s.apply(s.Next())
	s.start("us", "10.12.4") // .77 to .80, two on each node
	for i := range s.Clusters[1].Interfaces {
		enis := s.Clusters[1].Interfaces[i].Status.ENI.ENIs
		first := enis["eni-1"]
		first.Number, first.Prefixes, first.Addresses = 0, nil, []string{"10.12.4.77", "10.12.4.79"}
		second := first
		second.ID, second.Number, second.Addresses = "eni-2", 1, []string{"10.12.4.78", "10.12.4.80"}
		enis["eni-1"], enis["eni-2"] = first, second
	}
	var got []string
	for _, target := range s.targets(peering.Accepter) {
		got = append(got, target.address.Addr().String())
	}
	if want := []string{"10.12.4.78", "10.12.4.80"}; !slices.Equal(got, want) {
		t.Errorf("it dials %v, want %v", got, want)
	}
}

func TestAProbePodHasNoPrivilegeAndAnEnd(t *testing.T) {
	s := newScene(t)
	s.Clusters[0].Port = 443
	step := s.Next()
	names := map[string]bool{}
	for cluster, pods := range step.Create {
		for _, pod := range pods {
			names[pod.Name] = true
			if want := map[string]string{"eu": "crossvpc-probe", "us": "probes"}[cluster]; pod.Namespace != want {
				t.Errorf("%s of %s is in namespace %s, want %s, as the cluster says", pod.Name, cluster, pod.Namespace, want)
			}
			container := pod.Spec.Containers[0]
			security := container.SecurityContext
			switch {
			case *pod.Spec.ActiveDeadlineSeconds != 180, pod.Spec.RestartPolicy != corev1.RestartPolicyNever:
				t.Errorf("%s does not end by itself", pod.Name)
			case *pod.Spec.AutomountServiceAccountToken, pod.Spec.HostNetwork, *security.AllowPrivilegeEscalation, security.Capabilities.Drop[0] != "ALL", len(security.Capabilities.Add) > 0:
				t.Errorf("%s has privileges", pod.Name)
			case container.TerminationMessagePath != "/dev/termination-log", container.Command[0] != "/probe":
				t.Errorf("%s runs %v", pod.Name, container)
			}
			if low := len(pod.Spec.SecurityContext.Sysctls) == 1; low != (cluster == "eu") {
				t.Errorf("%s of %s has sysctls %v", pod.Name, cluster, pod.Spec.SecurityContext.Sysctls)
			}
		}
	}
	if len(names) != 8 {
		t.Errorf("the names are %v", names)
	}
}

func TestThePortIsOneThatTheSideAdmits(t *testing.T) {
	tcp := func(from, to int32) peering.Traffic { return peering.Traffic{Protocol: "tcp", From: from, To: to} }
	for _, test := range []struct {
		admitted []peering.Traffic
		port     int32
		ok       bool
	}{
		{[]peering.Traffic{tcp(0, 65535)}, Port, true},
		{[]peering.Traffic{tcp(443, 443)}, 443, true},
		{[]peering.Traffic{tcp(8080, 8090), tcp(443, 443)}, 443, true},
		{[]peering.Traffic{tcp(8080, 8090), tcp(18000, 19000)}, Port, true},
		{[]peering.Traffic{tcp(443, 443), tcp(Port, Port)}, Port, true},
		{[]peering.Traffic{{Protocol: "udp", From: 53, To: 53}}, 0, false},
		{nil, 0, false},
	} {
		if port, ok := PortFor(test.admitted); port != test.port || ok != test.ok {
			t.Errorf("of %v it takes %d, %v, want %d, %v", test.admitted, port, ok, test.port, test.ok)
		}
	}
}
