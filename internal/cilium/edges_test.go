package cilium

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestAWSNodeIsFoundWhereverItsContainerIs(t *testing.T) {
	daemonSet := awsNode(ExcludeSNATVariable, "10.20.0.0/16")
	containers := daemonSet.Spec.Template.Spec.Containers
	for i := range containers {
		if containers[i].Name == AWSNodeName {
			containers[0], containers[i] = containers[i], containers[0]
		}
	}
	if found := observeAWSNode(daemonSet, testOwner); len(found.ExcludeSNATCIDRs) != 1 {
		t.Errorf("as the first container it has %v", found.ExcludeSNATCIDRs)
	}
	daemonSet.Spec.Template.Spec.Containers = []corev1.Container{{Name: "other"}}
	if found := observeAWSNode(daemonSet, testOwner); found == nil || len(found.ExcludeSNATCIDRs) != 0 {
		t.Errorf("without its container it is %+v", found)
	}
}

func TestWhatAWSNodeMustExcludeIsSaidAlsoWhereItIsHeldBack(t *testing.T) {
	indirect := awsNode(ExcludeSNATVariable, "")
	containers := indirect.Spec.Template.Spec.Containers
	for i := range containers {
		for j := range containers[i].Env {
			if containers[i].Env[j].Name == ExcludeSNATVariable {
				containers[i].Env[j].ValueFrom = &corev1.EnvVarSource{}
			}
		}
	}
	d := Decide(scene(noCilium, aws(indirect)))
	if d.Reason != ReasonManagedElsewhere || !strings.Contains(d.Message, "comes from another object (valueFrom)") || len(d.List) != 1 || d.List[0] != prefix("10.12.0.0/16") {
		t.Errorf("%s %v: %s", d.Reason, d.List, d.Message)
	}
	if len(d.Revision) != 10 {
		t.Errorf("its revision is %q", d.Revision)
	}
}

func TestTheListOfTheIPMasqAgentIsNotWrittenAgainOnceSomebodyTookItBack(t *testing.T) {
	d := Decide(scene(image("v1.19.1"), masqAgent("nonMasqueradeCIDRs: [10.11.0.0/16]"), reverter))
	if d.Reason != ReasonReverted || !strings.Contains(d.Message, "ConfigMap/"+IPMasqConfigMapName) || len(d.List) == 0 {
		t.Errorf("%s %v: %s", d.Reason, d.List, d.Message)
	}
}

func TestARemarkCountsPoliciesBeyondTheThirdAndNoFewer(t *testing.T) {
	for n, want := range map[int]string{3: "Add these blocks to its excludedCIDRs.", 4: "So do 1 more CiliumEgressGatewayPolicy."} {
		in := scene()
		for range n {
			in.EgressPolicies = append(in.EgressPolicies, egressPolicy(t, `{selectors: [{podSelector: {}}], destinationCIDRs: ["0.0.0.0/0"]}`))
		}
		in.Endpoints = []Endpoint{{Namespace: "shop"}}
		if d := Decide(in); !strings.HasSuffix(d.Message, want) {
			t.Errorf("%d policies: %s", n, d.Message)
		}
	}
}

func TestSelectorsOfPoliciesAreReadAsCiliumReadsThem(t *testing.T) {
	pod := Endpoint{Namespace: "shop", Labels: map[string]string{"app": "web"}}
	for spec, want := range map[string]bool{
		`{matchExpressions: [{key: "k8s:app", operator: In, values: [web]}]}`:    true,
		`{matchExpressions: [{key: "k8s:app", operator: In, values: [cart]}]}`:   false,
		`{matchExpressions: [{key: app, operator: Bogus, values: [web]}]}`:       false,
		`{matchExpressions: [{key: "any:app", operator: NotIn, values: [web]}]}`: false,
	} {
		policy := egressPolicy(t, `{selectors: [{podSelector: `+spec+`}], destinationCIDRs: ["0.0.0.0/0"]}`)
		if got := policy.selects(pod); got != want {
			t.Errorf("%s selects it: %t", spec, got)
		}
	}
}

func TestOldPodsAreNamedInTheirOrder(t *testing.T) {
	node := NodeEvidence{Created: at(1), Agent: agent(150), Pods: []Pod{{Namespace: "shop", Name: "b", Started: at(50)}, {Namespace: "shop", Name: "a", Started: at(50)}}}
	got := (Judgement{Desired: prefix(wideCIDR), History: released}).oldPods(node, node.Pods, released.eras(nil))
	if len(got) != 2 || got[0] != "shop/a" {
		t.Errorf("older are %v", got)
	}
}

func TestC7AValueThatCannotReachANodeYetIsNoEraOfIt(t *testing.T) {
	if got := released.eras([]Access{{CIDR: prefix(otherCIDR)}}); len(got) != 3 {
		t.Errorf("eras: %v", got)
	}
	if got := released.eras([]Access{{CIDR: prefix(otherCIDR), Since: at(120)}}); len(got) != 4 || got[3].value != prefix(otherCIDR) {
		t.Errorf("eras: %v", got)
	}
	if got := released.eras([]Access{{CIDR: prefix(wideCIDR), Since: at(90)}}); len(got) != 4 {
		t.Errorf("eras: %v", got)
	}
}

func TestTheOptionIsSetInACopyOfTheConfigMapAndTakenOutOfIt(t *testing.T) {
	before := Objects{ConfigMaps: map[string]map[string]string{}}
	after := before.withOption("kube-system", "10.0.0.0/8")
	if after.ConfigMaps["kube-system/cilium-config"][NativeRoutingKey] != "10.0.0.0/8" || len(before.ConfigMaps) != 0 {
		t.Errorf("it has %v", after.ConfigMaps)
	}
	if _, set := after.withOption("kube-system", "").ConfigMaps["kube-system/cilium-config"][NativeRoutingKey]; set {
		t.Error("the option is still there")
	}
}

func TestTraitsAreTheLesserOfBothAndNobodysToChange(t *testing.T) {
	scoped, free := Traits{DestinationScopedRules: true}, Traits{}
	for _, test := range []struct {
		a, b Traits
		want bool
	}{{scoped, free, true}, {free, scoped, true}, {free, free, false}, {scoped, scoped, true}} {
		if got := lesser(test.a, test.b).DestinationScopedRules; got != test.want {
			t.Errorf("of %+v and %+v: %t", test.a, test.b, got)
		}
	}
	v := Version{Major: 1, Minor: 18}
	TraitsOf(v).NodeConfigVersions[0] = "changed"
	if TraitsOf(v).NodeConfigVersions[0] == "changed" {
		t.Error("one who reads the matrix can change it")
	}
}

func TestWhatCoversEverythingIsNamedOfTheFirstNode(t *testing.T) {
	first := foreign("x-first", "10.0.0.0/9", &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelHostname: "a"}})
	if d := Decide(scene(nodeConfigs(foreign("wide", "10.0.0.0/8", everyNode), first))); !strings.Contains(d.Message, "CiliumNodeConfig/x-first sets") {
		t.Errorf("it says %s", d.Message)
	}
	first.Spec.Defaults["enable-ipv4-masquerade"] = "false"
	if d := Decide(scene(nodeConfigs(foreign("wide", "10.0.0.0/8", everyNode), first), awaited)); d.SetByOthers {
		t.Errorf("the nodes have two values, and one of them is awaited: %+v", d)
	}
}

func TestC4WhoSetsTheOptionUnderOurNameOrOverOurConfigMapIsNotFought(t *testing.T) {
	narrow := "10.11.0.0/16"
	value := Decide(scene()).CIDR
	if d := Decide(scene(nodeConfigs(foreign(testOwner.Name(value), narrow, nobody)))); d.Reason != ReasonManagedElsewhere {
		t.Errorf("an object of others with our name: %s %s", d.Reason, d.Message)
	}
	if d := Decide(scene(policy(toConfigMap), nodeConfigs(foreign("x", narrow, nobody)))); d.Reason != ReasonManagedElsewhere || !strings.Contains(d.Message, "CiliumNodeConfig/x") {
		t.Errorf("a CiliumNodeConfig over our ConfigMap: %s %s", d.Reason, d.Message)
	}
	if d := Decide(scene(policy(toConfigMap), nodeConfigs(foreign("x", value.String(), gpuNodes)))); d.Kind != KindNativeRoutingCIDR {
		t.Errorf("one that covers every peer: %s %s", d.Reason, d.Message)
	}
	label := func(i *Install, _ *Input) { i.Nodes[1].Labels["config.cilium.io/"+NativeRoutingKey] = narrow }
	if d := Decide(scene(policy(toConfigMap), image("v1.18.0", "--source=config-map,cilium-node-config,node"), label)); d.Reason != ReasonManagedElsewhere || !strings.Contains(d.Message, "Node/b") {
		t.Errorf("a node's own option over our ConfigMap: %s %s", d.Reason, d.Message)
	}
}

func TestAnAgentThatWasRestartedOnceStartedWhenItsInitContainerEnded(t *testing.T) {
	pod := agentPod("x", 10)
	read := AgentFromPod(&pod).ConfigRead
	for i := range pod.Status.ContainerStatuses {
		pod.Status.ContainerStatuses[i].RestartCount = 1
	}
	if got := AgentFromPod(&pod); read.IsZero() || !got.Started.Equal(read) {
		t.Errorf("it started at %s, and had read its options at %s", got.Started, read)
	}
}

func TestWhereAnAgentReadsFromIsJudgedByItsOwnContainer(t *testing.T) {
	none := agentDaemonSet("cilium:v1.18.0")
	none.Spec.Template.Spec.Containers = nil
	if got := SourcesOf(none); len(got.List) != 2 {
		t.Errorf("without an agent: %+v", got)
	}
	second := agentDaemonSet("cilium:v1.18.0")
	second.Spec.Template.Spec.Containers = append([]corev1.Container{{Name: "log", Args: []string{"--config-dir="}}}, second.Spec.Template.Spec.Containers...)
	if got := SourcesOf(second); got.Flags["config-dir"] != "/tmp/cilium/config-map" || versionOf(second.Spec.Template.Spec) != (Version{Major: 1, Minor: 18}) {
		t.Errorf("as the second container: %+v", got)
	}
	image := agentDaemonSet("cilium:v1.18.0")
	image.Spec.Template.Spec.Containers[0].Command, image.Spec.Template.Spec.Containers[0].Args = nil, nil
	if got := SourcesOf(image); len(got.List) != 2 {
		t.Errorf("with the command line of the image, which nobody knows: %+v", got)
	}
	image.Spec.Template.Spec.Containers[0].Command = []string{"cilium-agent"}
	if got := SourcesOf(image); len(got.List) != 0 {
		t.Errorf("with a command line that names no directory: %+v", got)
	}
}

func TestTheConfigMapOfAnAgentWithoutItsInitContainerIsThatOfItsDirectory(t *testing.T) {
	spec := agentPodSpec("cilium:v1.18.0")
	if got := mountedConfigMap(spec, "/x"); got != ConfigMapName {
		t.Errorf("with nothing mounted it is %q", got)
	}
	volume := func(name, configMap string) corev1.Volume {
		return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: configMap}}}}
	}
	spec.Volumes = append(spec.Volumes, volume("other", "others"), volume("options", "mine"), volume("cilium-config-path", "usual"))
	spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "options", MountPath: "/tmp/options/"}, {Name: "other", MountPath: "/tmp/other"}, {Name: "tmp", MountPath: "."}}
	if got := mountedConfigMap(spec, "/tmp/options"); got != "mine" {
		t.Errorf("of the directory it is %q", got)
	}
	if got := mountedConfigMap(spec, ""); got != "usual" {
		t.Errorf("without a directory it is %q", got)
	}
}
