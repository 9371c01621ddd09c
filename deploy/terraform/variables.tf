# The parameters of ../aws/template.yaml, with its defaults.

variable "stage" {
  description = "Part of every name, so that several stages fit into one account."
  type        = string
  default     = "dev"
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,11}$", var.stage))
    error_message = "Up to twelve lower-case letters and digits."
  }
}

variable "recipient" {
  description = "An address that takes mail (import@notes.example), or a whole domain."
  type        = string
}

variable "api_url" {
  description = "The GraphQL endpoint notes are posted to; empty with notes_api."
  type        = string
  default     = ""
}

variable "issuer" {
  description = "`iss` of the tokens; the notes API must know it, and the public key."
  type        = string
  default     = "https://margins.invalid"
}

variable "audience" {
  description = "`aud` of the tokens."
  type        = string
  default     = "margins-notes"
}

variable "signing_key_arn" {
  description = "A key in KMS that signs instead of the module's own; RSA_2048, SIGN_VERIFY."
  type        = string
  default     = ""
}

variable "further_key_arn" {
  description = "A second key the notes API of the module believes while keys are changed over."
  type        = string
  default     = ""
}

variable "retention_days" {
  description = "How long raw mail is kept after its end."
  type        = number
  default     = 30
  validation {
    condition     = var.retention_days >= 14
    error_message = "No less than the retries of a delivery take: 14."
  }
}

variable "unknown" {
  description = "Mail a proven author sends who is not registered: reject, or hold."
  type        = string
  default     = "reject"
}

variable "receipts_identity" {
  description = "The domain of the import address, once SES may send from it; empty answers nobody."
  type        = string
  default     = ""
}

variable "parser_concurrency" {
  description = "Batches the parser takes at a time; the gate must find room beside it."
  type        = number
  default     = 4
}

variable "log_retention_days" {
  type    = number
  default = 30
}

variable "alarm_email" {
  description = "Whom alarms are sent to; empty is nobody."
  type        = string
  default     = ""
}

variable "activate_rule_set" {
  description = "Make the rule set the active one, and give back the one before on destruction."
  type        = bool
  default     = false
}

variable "hosted_zone_id" {
  description = "Route 53 zone of the domain, for its MX record; empty leaves DNS alone."
  type        = string
  default     = ""
}

variable "mail_domain" {
  description = "The domain of the MX record, when hosted_zone_id is given."
  type        = string
  default     = ""
}

variable "user_pool" {
  description = "A Cognito user pool whose confirmed users may send from their verified address."
  type        = bool
  default     = false
}

variable "notes_api" {
  description = "The notes API as a function of its own, over a PostgreSQL database of yours."
  type        = bool
  default     = false
}

variable "notes_database_secret" {
  description = "ARN of the secret that holds the database's URL."
  type        = string
  default     = ""
}

variable "notes_subnets" {
  description = "Where the database is reached from; they need a way out to KMS and Secrets Manager."
  type        = list(string)
  default     = []
}

variable "notes_security_groups" {
  description = "Of the notes API, in those subnets."
  type        = list(string)
  default     = []
}

variable "notes_issuers" {
  description = "Who people sign in with, https://issuer#client-id or https://issuer=https://jwks#client-id; with commas."
  type        = string
  default     = ""
}

variable "notes_origins" {
  description = "Web origins whose pages may call the notes API (CORS); with commas."
  type        = string
  default     = ""
}

variable "packages" {
  description = "Where `make -C ../aws zips` has put the packages."
  type        = string
  default     = "../aws/build"
}
