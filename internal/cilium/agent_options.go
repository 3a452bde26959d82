package cilium

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
)

// configDirFlag names the directory with a file for each option that the agent reads.
const configDirFlag = "config-dir"

// agentFlagSet is the agent's own flags, as far as we read them: the ones that take a value, and the boolean ones, which
// mean true without one. Of a flag that is given twice the last counts, as in the agent, which uses the same parser.
func agentFlagSet() *pflag.FlagSet {
	flags := lenientFlags("cilium-agent")
	for _, name := range []string{configDirFlag, NativeRoutingKey, nativeIPv6Key, "ipam", "routing-mode", "cni-chaining-mode", chainingTargetKey} {
		flags.String(name, "", "")
	}
	for _, name := range []string{
		"enable-ipv4", "enable-ipv6", "enable-ipv4-masquerade", "enable-ipv6-masquerade", "enable-bpf-masquerade", "enable-endpoint-routes", "enable-ip-masq-agent",
	} {
		flags.String(name, "", "") // as text, so that a value which the agent refuses ends nothing here
		flags.Lookup(name).NoOptDefVal = "true"
	}
	return flags
}

// lenientFlags pass over flags that we do not read.
func lenientFlags(program string) *pflag.FlagSet {
	flags := pflag.NewFlagSet(program, pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.Usage = func() {}
	return flags
}

// agentFlags are the options on the agent's command line.
func agentFlags(container corev1.Container) map[string]string {
	flags, options := agentFlagSet(), map[string]string{}
	_ = flags.Parse(arguments(container, "cilium-agent")) // an agent with a command line that it cannot read does not start
	flags.Visit(func(flag *pflag.Flag) { options[flag.Name] = flag.Value.String() })
	return options
}

// agentEnvironment are the options in the agent's environment (Helm extraEnv): CILIUM_ and the name of the option, as
// viper is bound to it (getEnvName and BindEnv in pkg/option/config.go). An empty variable is none. One whose value is
// in another object counts as set to nothing that is known.
func agentEnvironment(container corev1.Container) map[string]string {
	options := map[string]string{}
	agentFlagSet().VisitAll(func(flag *pflag.Flag) {
		name := "CILIUM_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		for _, variable := range container.Env { // of two with one name the last counts
			switch {
			case variable.Name != name:
			case variable.ValueFrom == nil && variable.Value == "":
				delete(options, flag.Name)
			default:
				options[flag.Name] = expanded(variable.Value, container.Env)
			}
		}
	})
	if len(options) == 0 {
		return nil
	}
	return options
}

// arguments are the words of a container's command line that come after the program.
func arguments(container corev1.Container, program string) []string {
	words := make([]string, 0, len(container.Command)+len(container.Args))
	for _, word := range slices.Concat(container.Command, container.Args) {
		words = append(words, expanded(word, container.Env))
	}
	if i := slices.IndexFunc(words, func(word string) bool { return path.Base(word) == program }); i >= 0 {
		return words[i+1:]
	}
	return words
}

var variableReference = regexp.MustCompile(`\$\$|\$\([-._a-zA-Z0-9]+\)`)

// expanded replaces $(NAME) as the kubelet does; $$ is one $, and a variable that is not known stays as it is
// (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#entrypoint).
func expanded(word string, env []corev1.EnvVar) string {
	return variableReference.ReplaceAllStringFunc(word, func(reference string) string {
		if reference == "$$" {
			return "$"
		}
		for _, variable := range slices.Backward(env) {
			if reference == "$("+variable.Name+")" && variable.ValueFrom == nil {
				return variable.Value
			}
		}
		return reference
	})
}
