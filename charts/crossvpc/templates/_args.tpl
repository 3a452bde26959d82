{{/* Flags of the operator. */}}
{{- define "crossvpc.args" -}}
{{- $args := list -}}
{{- if .Values.leaderElection }}{{ $args = append $args "--leader-elect" }}{{ end -}}
{{- with .Values.sweep }}{{ $args = append $args (printf "--sweep=%s" .) }}{{ end -}}
{{- with .Values.maxClustersAtOnce }}{{ if ne (int .) 1 }}{{ $args = append $args (printf "--max-clusters-at-once=%d" (int .)) }}{{ end }}{{ end -}}
{{- if not .Values.metrics.enabled }}{{ $args = append $args "--metrics-bind-address=0" }}{{ end -}}
{{- if and .Values.metrics.enabled (eq (toString .Values.metrics.secure) "false") }}{{ $args = concat $args (list "--metrics-secure=false" (printf "--metrics-bind-address=:%s" (include "crossvpc.metricsPort" .))) }}{{ end -}}
{{- with .Values.logLevel }}{{ $args = concat $args (list (printf "--zap-log-level=%s" .) "--zap-encoder=json") }}{{ end -}}
{{- $args = concat $args .Values.extraArgs -}}
{{- with $args -}}
args:
{{- range . }}
  - {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* Port of the metrics: by its number alone nobody takes one for the other. */}}
{{- define "crossvpc.metricsPort" -}}
{{ if ne (toString .Values.metrics.secure) "false" }}8443{{ else }}8080{{ end }}
{{- end }}

{{/* How Prometheus scrapes: the certificate is made at each start of the operator, so nobody can verify it. */}}
{{- define "crossvpc.scrape" -}}
{{- if ne (toString .Values.metrics.secure) "false" -}}
scheme: https
tlsConfig: {insecureSkipVerify: true}
{{- end }}
{{- end }}
