package node

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"

	cni "github.com/cilium/cilium/plugins/cilium-cni/cmd"
)

// pluginVariable marks the process that is the plugin.
const pluginVariable = "DATAPLANE_CNI_PLUGIN"

// RunPlugin makes this process the plugin cilium-cni, if it was started as that, and ends it. Call it first in main or
// TestMain.
func RunPlugin() {
	if os.Getenv(pluginVariable) == "" {
		return
	}
	cni.PluginMain()
	os.Exit(0)
}

// plugin runs cilium-cni on the node for a pod, as the kubelet's container runtime does.
func (n *Node) plugin(command string, pod *Pod) error {
	n.mu.Lock()
	a := n.agent
	n.mu.Unlock()
	if a == nil {
		return fmt.Errorf("CNI %s of %s: %w", command, pod.Name, ErrNoAgent)
	}
	configuration, err := json.Marshal(object{"cniVersion": "1.0.0", "name": "cilium", "type": "cilium-cni"})
	if err != nil {
		return err
	}
	cmd := exec.Command("/proc/self/exe") //nolint:noctx // it asks our own socket, which answers or is closed
	cmd.Env = append(os.Environ(), pluginVariable+"=1", "CILIUM_SOCK="+a.socket(),
		"CNI_COMMAND="+command, "CNI_CONTAINERID="+pod.ID, "CNI_NETNS="+pod.Path(), "CNI_IFNAME=eth0", "CNI_PATH=/",
		"CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE="+pod.PodNamespace+";K8S_POD_NAME="+pod.PodName)
	var out, log bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(configuration), &out, &log
	// A child is born in the namespace of the thread that starts it.
	if err := n.Do(cmd.Run); err != nil {
		return fmt.Errorf("CNI %s of %s: %w: %s %s", command, pod.Name, err, out.Bytes(), log.Bytes())
	}
	return nil
}

// ErrNoAgent says that a pod can be neither made nor ended before the node's agent is up.
var ErrNoAgent = errors.New("no agent answers")
