{{/* Names that would be given twice. Of two variables, flags or labels of one name the last one counts, without a word. */}}
{{- define "crossvpc.twice" -}}
{{- include "crossvpc.twice.env" . }}
{{- include "crossvpc.twice.args" . }}
{{- include "crossvpc.twice.metadata" . }}
{{- end -}}

{{- define "crossvpc.twice.env" -}}
{{- $instead := dict
  "GOMEMLIMIT" "set resources.limits.memory, of which it is made"
  "AWS_EC2_METADATA_DISABLED" "set aws.instanceMetadata instead"
  "AWS_REGION" "set aws.region instead"
  "INSTALLATION_ID" "set installationID instead"
  "PROBE_IMAGE" "set verification.image instead"
  "MAX_CLUSTERS_AT_ONCE" "set maxClustersAtOnce instead" }}
{{- range (include "crossvpc.env" . | fromYamlArray) }}
{{- if not (hasKey $instead .name) }}{{ $_ := set $instead .name "leave it out" }}{{ end }}
{{- end }}
{{- include "crossvpc.twice.names" (dict "value" "extraEnv" "given" .Values.extraEnv "instead" $instead) }}
{{- end -}}

{{- define "crossvpc.twice.args" -}}
{{- $instead := dict
  "--leader-elect" "set leaderElection instead"
  "--sweep" "set sweep instead"
  "--max-clusters-at-once" "set maxClustersAtOnce instead"
  "--metrics-bind-address" "set metrics.enabled and metrics.secure instead"
  "--metrics-secure" "set metrics.secure instead"
  "--health-probe-bind-address" "the probes of the pod ask port 8081"
  "--installation-id" "set installationID instead"
  "--probe-image" "set verification.image instead"
  "--namespace" "it is the release's namespace"
  "--node-name" "it is the pod's own node"
  "--zap-log-level" "set logLevel instead" }}
{{- if .Values.logLevel }}{{ $_ := set $instead "--zap-encoder" "leave logLevel empty for another one" }}{{ end }}
{{- $given := list }}
{{- range .Values.extraArgs }}
{{- if hasPrefix "-" . }}{{ $given = append $given (dict "name" (printf "--%s" (. | trimAll "-" | splitList "=" | first))) }}{{ end }}
{{- end }}
{{- include "crossvpc.twice.names" (dict "value" "extraArgs" "given" $given "instead" $instead) }}
{{- end -}}

{{/* Fails where an entry of given has the name of another one, or one of instead. */}}
{{- define "crossvpc.twice.names" -}}
{{- $seen := dict }}
{{- range .given }}
{{- if hasKey $seen .name }}
{{- fail (printf "%s has %s twice: leave one of them out" $.value .name) }}
{{- end }}
{{- $name := .name }}
{{- with get $.instead .name }}
{{- fail (printf "%s has %s, which the chart sets itself: %s" $.value $name .) }}
{{- end }}
{{- $_ := set $seen .name true }}
{{- end }}
{{- end -}}

{{- define "crossvpc.twice.metadata" -}}
{{- $labels := include "crossvpc.labels" . | fromYaml }}
{{- $wave := include "crossvpc.wave" "-10" | fromYaml }}
{{- $metrics := .Values.metrics }}
{{- range (list
  (list "podLabels" .Values.podLabels (include "crossvpc.selector" . | fromYaml))
  (list "metrics.serviceMonitor.labels" $metrics.serviceMonitor.labels $labels)
  (list "metrics.podMonitor.labels" $metrics.podMonitor.labels $labels)
  (list "metrics.alerts.labels" $metrics.alerts.labels $labels)
  (list "metrics.dashboard.labels" $metrics.dashboard.labels $labels)
  (list "metrics.service.annotations" $metrics.service.annotations $wave)
  (list "serviceAccount.annotations" .Values.serviceAccount.annotations $wave)) }}
{{- $value := index . 0 }}
{{- $own := index . 2 }}
{{- range $key, $_ := index . 1 }}
{{- if hasKey $own $key }}
{{- fail (printf "%s has %s, which the chart sets itself: leave it out" $value $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
