package cilium

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

const narrow, wide = "10.11.0.0/16", "10.8.0.0/13"

func TestOptionsAtTheAgentAreReadAsTheAgentReadsThem(t *testing.T) {
	t.Parallel()
	variable := func(name, value string) corev1.EnvVar { return corev1.EnvVar{Name: name, Value: value} }
	elsewhere := corev1.EnvVar{Name: "CILIUM_IPV4_NATIVE_ROUTING_CIDR", ValueFrom: &corev1.EnvVarSource{}}
	for name, c := range map[string]struct {
		command, args []string
		env           []corev1.EnvVar
		key           string
		want          string
		unset         bool
	}{
		"one word":                                {args: []string{"--ipv4-native-routing-cidr=" + narrow}, want: narrow},
		"two words":                               {args: []string{"--ipv4-native-routing-cidr", narrow}, want: narrow},
		"in the command":                          {command: []string{"cilium-agent", "--ipv4-native-routing-cidr", narrow}, want: narrow},
		"split over command and arguments":        {command: []string{"/usr/bin/cilium-agent", "--ipv4-native-routing-cidr"}, args: []string{narrow}, want: narrow},
		"the last of two counts":                  {args: []string{"--ipv4-native-routing-cidr=" + wide, "--ipv4-native-routing-cidr", narrow}, want: narrow},
		"set to nothing":                          {args: []string{"--ipv4-native-routing-cidr="}, want: ""},
		"after a flag that we do not know":        {args: []string{"--log-driver", "syslog", "--debug", "--ipv4-native-routing-cidr", narrow}, want: narrow},
		"as the value of a flag we do not know":   {args: []string{"--cluster-name=--ipv4-native-routing-cidr"}, unset: true},
		"as the value of a flag that we know":     {args: []string{"--ipam", "--ipv4-native-routing-cidr=" + narrow}, unset: true},
		"after the end of flags":                  {args: []string{"--", "--ipv4-native-routing-cidr=" + narrow}, unset: true},
		"after the end of flags of a wrapper":     {command: []string{"tini", "--", "cilium-agent"}, args: []string{"--ipv4-native-routing-cidr=" + narrow}, want: narrow},
		"with one dash":                           {args: []string{"-ipv4-native-routing-cidr=" + narrow}, unset: true},
		"by a variable of the container":          {args: []string{"--ipv4-native-routing-cidr=$(BLOCK)"}, env: []corev1.EnvVar{variable("BLOCK", narrow)}, want: narrow},
		"by a variable that nobody sets":          {args: []string{"--ipv4-native-routing-cidr=$(BLOCK)"}, want: "$(BLOCK)"},
		"by a reference that is none":             {args: []string{"--ipv4-native-routing-cidr=$$(BLOCK)"}, env: []corev1.EnvVar{variable("BLOCK", narrow)}, want: "$(BLOCK)"},
		"by the environment":                      {env: []corev1.EnvVar{variable("CILIUM_IPV4_NATIVE_ROUTING_CIDR", narrow)}, want: narrow},
		"by the environment, twice":               {env: []corev1.EnvVar{variable("CILIUM_IPV4_NATIVE_ROUTING_CIDR", wide), variable("CILIUM_IPV4_NATIVE_ROUTING_CIDR", narrow)}, want: narrow},
		"by an empty variable":                    {env: []corev1.EnvVar{variable("CILIUM_IPV4_NATIVE_ROUTING_CIDR", "")}, unset: true},
		"by another object":                       {env: []corev1.EnvVar{elsewhere}, want: ""},
		"a variable without the prefix":           {env: []corev1.EnvVar{variable("IPV4_NATIVE_ROUTING_CIDR", narrow)}, unset: true},
		"a flag comes before the environment":     {args: []string{"--ipv4-native-routing-cidr", narrow}, env: []corev1.EnvVar{variable("CILIUM_IPV4_NATIVE_ROUTING_CIDR", wide)}, want: narrow},
		"a boolean without a value":               {key: "enable-ipv4-masquerade", args: []string{"--enable-ipv4-masquerade"}, want: "true"},
		"a boolean takes no second word":          {key: "enable-ipv4-masquerade", args: []string{"--enable-ipv4-masquerade", "false"}, want: "true"},
		"a boolean with a value":                  {key: "enable-ipv4-masquerade", args: []string{"--enable-ipv4-masquerade=false"}, want: "false"},
		"a boolean, and one after it":             {key: "ipam", args: []string{"--enable-bpf-masquerade", "--ipam", "eni"}, want: "eni"},
		"a boolean by the environment":            {key: "enable-bpf-masquerade", env: []corev1.EnvVar{variable("CILIUM_ENABLE_BPF_MASQUERADE", "1")}, want: "1"},
		"the directory in two words":              {key: "config-dir", args: []string{"--config-dir", "/etc/cilium"}, want: "/etc/cilium"},
		"the directory by the environment":        {key: "config-dir", env: []corev1.EnvVar{variable("CILIUM_CONFIG_DIR", "/etc/cilium")}, want: "/etc/cilium"},
		"an option that we do not read at all":    {args: []string{"--debug"}, unset: true},
		"a flag of nearly that name":              {args: []string{"--ipv4-native-routing-cidrs=" + narrow}, unset: true},
		"nothing":                                 {unset: true},
		"a flag that lacks its value at the end":  {args: []string{"--ipam=eni", "--ipv4-native-routing-cidr"}, unset: true},
		"a value that looks like a flag is taken": {args: []string{"--ipv4-native-routing-cidr", "--ipam=eni"}, want: "--ipam=eni"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.key == "" {
				c.key = NativeRoutingKey
			}
			daemonSet := agentDaemonSet("cilium:v1.18.0")
			container := &daemonSet.Spec.Template.Spec.Containers[0]
			container.Command, container.Args, container.Env = append([]string{"cilium-agent"}, c.command...), c.args, c.env
			if len(c.command) > 0 {
				container.Command = c.command
			}
			sources := SourcesOf(daemonSet)
			got, set := sources.Resolve(Objects{}, Node{})[c.key]
			if set == c.unset || got.Value != c.want {
				t.Errorf("set %t to %q, want %q", set, got.Value, c.want)
			}
			if where, fixed := sources.Fixes(c.key); fixed == c.unset || fixed && !strings.Contains(where, "of the agent (Helm: extra") {
				t.Errorf("fixed %t by %s", fixed, where)
			}
		})
	}
}

func TestBooleanOptionsAreReadAsTheAgentReadsThem(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]Masquerade{
		"true": MasqueradeIPTables, "TRUE": MasqueradeIPTables, "True": MasqueradeIPTables, "t": MasqueradeIPTables, "T": MasqueradeIPTables, "1": MasqueradeIPTables,
		"false": MasqueradeDisabled, "FALSE": MasqueradeDisabled, "False": MasqueradeDisabled, "f": MasqueradeDisabled, "F": MasqueradeDisabled, "0": MasqueradeDisabled,
		"": MasqueradeIPTables, "fALSE": MasqueradeIPTables, "no": MasqueradeIPTables, "off": MasqueradeIPTables, // no agent starts with the last three
	} {
		if got := Observe(install("1.18.0", with(eniConfig, "enable-ipv4-masquerade", value))).Masquerade; got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func TestExternalSNATIsReadAsAWSNodeReadsIt(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"true": true, "TRUE": true, "True": true, "t": true, "T": true, "1": true,
		"false": false, "f": false, "0": false, "": false, "yes": false, "tRUE": false, " true": false,
	} {
		if got := Observe(Install{AWSNode: awsNode("AWS_VPC_K8S_CNI_EXTERNALSNAT", value)}).AWSNode.ExternalSNAT; got != want {
			t.Errorf("%q: %t, want %t", value, got, want)
		}
	}
}

func TestTheMountedConfigMapIsTheOneOfTheDirectory(t *testing.T) {
	t.Parallel()
	volume := func(name, configMap string) corev1.Volume {
		return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: configMap}}}}
	}
	for name, args := range map[string][]string{
		"one word": {"--config-dir=/etc/mine/"}, "two words": {"--config-dir", "/etc/mine"}, "the last counts": {"--config-dir=/tmp/cilium/config-map", "--config-dir=/etc/mine"},
	} {
		daemonSet := agentDaemonSet("cilium:v1.18.0")
		spec := &daemonSet.Spec.Template.Spec
		spec.InitContainers = nil
		spec.Volumes = []corev1.Volume{volume("cilium-config-path", "cilium-config"), volume("mine", "my-config")}
		spec.Containers[0].VolumeMounts = []corev1.VolumeMount{{Name: "cilium-config-path", MountPath: "/tmp/cilium/config-map"}, {Name: "mine", MountPath: "/etc/mine"}}
		spec.Containers[0].Args = args
		if got := SourcesOf(daemonSet).List; len(got) != 1 || got[0].Name != "my-config" {
			t.Errorf("%s: %v", name, got)
		}
	}
}
