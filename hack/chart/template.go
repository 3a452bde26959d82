package main

import (
	"regexp"
	"strings"
)

// template makes Helm's template of manifests: the namespace and the service account are the release's, and every object
// carries the chart's labels and a wave of Argo CD.
func template(manifests string) string {
	documents := strings.Split("\n"+strings.TrimPrefix(manifests, "---\n"), "\n---\n")
	for i := range documents {
		documents[i] = inWave(labelled(named(escape(documents[i]))))
	}
	return strings.TrimPrefix(strings.Join(documents, "\n---\n"), "\n")
}

// escape keeps Helm from taking what the text says for an action.
func escape(text string) string {
	return strings.NewReplacer("{{", `{{ "{{" }}`, "}}", `{{ "}}" }}`).Replace(text)
}

// account is where a binding names crossvpc's own service account.
var account = regexp.MustCompile(`(kind: ServiceAccount\n +name: )crossvpc\n`)

// namespace is crossvpc's own, at the end of a document, too.
var namespace = regexp.MustCompile(`(?m)namespace: crossvpc-system$`)

func named(document string) string {
	document = account.ReplaceAllString(document, "${1}{{ include \"crossvpc.serviceAccountName\" . }}\n")
	return namespace.ReplaceAllString(document, "namespace: {{ .Release.Namespace | quote }}")
}

// labels go below those that an object has of its own, or below its name.
const labels = "    {{- include \"crossvpc.labels\" . | nindent 4 }}\n"

var (
	ownLabels = regexp.MustCompile(`\nmetadata:\n(?:  .*\n)*?  labels:\n`)
	ownName   = regexp.MustCompile(`\nmetadata:\n(?:  .*\n)*?  name: .*\n`)
)

func labelled(document string) string {
	if at := ownLabels.FindStringIndex(document); at != nil {
		return document[:at[1]] + labels + document[at[1]:]
	}
	at := ownName.FindStringIndex(document)
	if at == nil {
		return document
	}
	return document[:at[1]] + "  labels:\n" + labels + document[at[1]:]
}

// inWave has Argo CD apply an object before those that need it, and delete it after them. CRDs have annotations already.
func inWave(document string) string {
	const metadata = "\nmetadata:\n"
	if strings.Contains(document, metadata+"  annotations:\n") {
		return strings.Replace(document, metadata+"  annotations:\n", metadata+"  annotations:\n    {{- include \"crossvpc.wave\" \"-20\" | nindent 4 }}\n", 1)
	}
	return strings.Replace(document, metadata, metadata+"  annotations:\n    {{- include \"crossvpc.wave\" \"-10\" | nindent 4 }}\n", 1)
}

// kept has `helm uninstall` and Argo CD leave a CRD: with it every object of it would go.
func kept(crds string) string {
	const annotations = "metadata:\n  annotations:\n"
	return strings.ReplaceAll(crds, annotations, annotations+"    {{- if .Values.crds.keep }}\n    helm.sh/resource-policy: keep\n    argocd.argoproj.io/sync-options: Prune=false,Delete=false\n    {{- end }}\n")
}
